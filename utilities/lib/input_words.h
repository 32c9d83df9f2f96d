/* SPDX-License-Identifier: MIT
 *
 * From the words of a command line to the things they stand for: patterns, folders and lists are
 * expanded, in a fixed order, to single products and pairs.csv files. Only directories and lists
 * are read, no product.
 */
#ifndef IH_INPUT_WORDS_H
#define IH_INPUT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithms/status.h"

typedef struct {
    char *path;
    bool is_csv; /* a pairs.csv, else something to be opened as a product */
    bool found;  /* came from a folder: being no product is then no fault */
} ih_input;

typedef struct {
    ih_input *items;
    size_t count;
    char **faults; /* CPL list: words that lead to nothing */
} ih_inputs;

/* A word is a folder (a product when it holds a phase layer itself, or several when it holds
 * those of several with their texts, else its zips and product folders, else its pairs.csv), a pattern with * ? or [, "@list" or a .txt/.lst file of words, a
 * .csv, or a product. Lists nest 4 deep, but not in themselves. A file that
 * several words lead to is taken once. */
IH_MUST_CHECK ih_status ih_inputs_expand(char **words, ih_inputs **out, ih_error *err);
void ih_inputs_free(ih_inputs *inputs);

#endif
