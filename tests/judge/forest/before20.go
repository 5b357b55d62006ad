//go:build !go1.20

package main

func causesOf(*node) []string { return nil }
