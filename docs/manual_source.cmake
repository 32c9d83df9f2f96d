# SPDX-License-Identifier: MIT
# cmake -D PAGE=page.md -D RESULT=out.md -P manual_source.cmake
# From a page for the web to the source of a manual page: a NAME section from the title and the first paragraph, sections one
# level higher and in capitals, no pictures, no links to neighbouring files.
file(READ ${PAGE} text)

string(REGEX REPLACE "^# ([^\n]+)\n+" "# NAME\n\n\\1 - " text "${text}")
string(REGEX REPLACE "<!--[^>]*-->\n" "" text "${text}")
string(REGEX REPLACE "!\\[[^]]*\\]\\([^)]*\\)\n" "" text "${text}")
string(REGEX REPLACE "\\[([^]]*)\\]\\([^:)]*\\)" "\\1" text "${text}")
while(text MATCHES "\n## ([^\n]*)\n")
  string(TOUPPER "${CMAKE_MATCH_1}" heading)
  string(REPLACE "\n## ${CMAKE_MATCH_1}\n" "\n# ${heading}\n" text "${text}")
endwhile()
string(REPLACE "\n### " "\n## " text "${text}")

file(WRITE ${RESULT} "${text}")
