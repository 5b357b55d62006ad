# Writes the files INPUTS, one after the other, as the NUL-terminated C array store_schema to OUTPUT.
set(text "")
foreach(input ${INPUTS})
  file(READ ${input} hex HEX)
  string(APPEND text ${hex})
endforeach()
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${text}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "extern const char store_schema[];\nconst char store_schema[] = {\n${bytes}0};\n")
