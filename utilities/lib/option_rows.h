/* SPDX-License-Identifier: MIT
 *
 * Rows of a program's option table (ih_option in cli.h), one macro per kind of option. Include it
 * in the one file that holds the table, after defining what struct the values go to:
 *
 *     #define IH_ROWS_OF ih_clip_options
 *     #include "utilities/lib/option_rows.h"
 *
 * Arguments: name without dash, name of the value in the help, member of the struct, heading, help.
 * Names ending in _GIVEN also set the bool `member`_given when the option was given.
 */
#ifndef IH_OPTION_ROWS_H
#define IH_OPTION_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "utilities/lib/cli.h"

#define IH_ROW_AT(member) offsetof(IH_ROWS_OF, member)
#define IH_ROW_NOWHERE    SIZE_MAX
#define IH_ROW(n, v, type, count, member, given, choices, lo, hi, group, help)                     \
    {                                                                                              \
        n, v, type, count, IH_ROW_AT(member), given, choices, lo, hi, group, help                  \
    }

#define FLAG(name, member, group, help)                                                            \
    IH_ROW(name, NULL, IH_OPTION_FLAG, 1, member, IH_ROW_NOWHERE, NULL, 0, 0, group, help)
#define TEXT(name, value, member, group, help)                                                     \
    IH_ROW(name, value, IH_OPTION_STRING, 1, member, IH_ROW_NOWHERE, NULL, 0, 0, group, help)
#define LISTED(name, value, member, group, help)                                                   \
    IH_ROW(name, value, IH_OPTION_LIST, 1, member, IH_ROW_NOWHERE, NULL, 0, 0, group, help)
#define CHOICE(name, member, choices, group, help)                                                 \
    IH_ROW(name, NULL, IH_OPTION_CHOICE, 1, member, IH_ROW_NOWHERE, choices, 0, 0, group, help)
#define CHOICE_GIVEN(name, member, choices, group, help)                                           \
    IH_ROW(name, NULL, IH_OPTION_CHOICE, 1, member, IH_ROW_AT(member##_given), choices, 0, 0,      \
           group, help)
#define INTEGER(name, value, member, low, high, group, help)                                       \
    IH_ROW(name, value, IH_OPTION_INTEGER, 1, member, IH_ROW_NOWHERE, NULL, low, high, group, help)
#define NUMBER(name, value, member, low, high, group, help)                                        \
    IH_ROW(name, value, IH_OPTION_NUMBER, 1, member, IH_ROW_NOWHERE, NULL, low, high, group, help)
#define NUMBERS(name, value, count, member, low, high, group, help)                                \
    IH_ROW(name, value, IH_OPTION_NUMBER, count, member, IH_ROW_NOWHERE, NULL, low, high, group,   \
           help)
/* low = high = 0: any finite numbers. */
#define NUMBERS_GIVEN(name, value, count, member, low, high, group, help)                          \
    IH_ROW(name, value, IH_OPTION_NUMBER, count, member, IH_ROW_AT(member##_given), NULL, low,     \
           high, group, help)
#define MEMORY(name, member, group, help)                                                          \
    IH_ROW(name, "SIZE", IH_OPTION_MEMORY, 1, member, IH_ROW_NOWHERE, NULL, 0, 0, group, help)
#define END_OF_OPTIONS                                                                             \
    {                                                                                              \
        NULL, NULL, IH_OPTION_FLAG, 0, 0, 0, NULL, 0, 0, NULL, NULL                                \
    }

#endif
