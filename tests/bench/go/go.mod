module ctxtrace/bench/target

go 1.21
