/* SPDX-License-Identifier: MIT
 *
 * Command lines in GDAL's manner. Each program is one ih_program with one table of options; parsing, --help, the option
 * list of the manual page (--help-markdown) and bash completion (--help-completion) all come from that table.
 *
 * Options and positional words may be mixed; `--` ends the options; of an option given twice the last counts. Several numbers
 * may also be written as one word after the equals sign: -te=1,2,3,4.
 *
 * Common to every program, handled here: --help, --version, -q/-quiet, --config K V, --debug, --optfile (not within another
 * option file), --formats and GDAL's other general ones, one or two leading dashes alike, `-name=value` as well as `-name value`, negative
 * numbers as values. The compiled-in HYP3 driver is registered before GDAL's own, so programs work where no plugin is found.
 *
 * A program may have an option "config" of its own, whose value ends with .json; any other --config is GDAL's.
 */
#ifndef IH_CLI_H
#define IH_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "algorithms/status.h"

enum ih_option_type {
    IH_OPTION_FLAG,    /* bool */
    IH_OPTION_STRING,  /* const char * (points into argv) */
    IH_OPTION_INTEGER, /* long */
    IH_OPTION_NUMBER,  /* double, `count` of them in a row; finite */
    IH_OPTION_CHOICE,  /* int: index into `choices` */
    IH_OPTION_LIST,    /* char **: CPL string list, the option may be repeated; the caller CSLDestroys it */
    IH_OPTION_MEMORY   /* double, bytes: a number with optional B, KB, MB, GB or %; a bare number is MB below 10000, else bytes,
                          as in gdalwarp -wm; % is of physical memory */
};

typedef struct {
    const char *name;            /* without dash, lower case, underscores: "ref_lonlat" */
    const char *metavar;         /* "LON LAT"; NULL for flags; for choices made from them */
    enum ih_option_type type;
    size_t count;                /* IH_OPTION_NUMBER: how many values; else 1 */
    size_t offset;               /* offsetof() in the program's option struct */
    size_t given_offset;         /* offsetof() of a bool set true when the option was given; SIZE_MAX for none */
    const char *const *choices;  /* IH_OPTION_CHOICE: NULL-terminated */
    double minimum, maximum;     /* checked for INTEGER and NUMBER when minimum < maximum */
    const char *group;           /* heading in the help, e.g. "Reference" */
    const char *help;            /* one sentence, with unit and default */
} ih_option;

typedef struct {
    const char *name;            /* "gdal_ih_sbas" */
    const char *summary;         /* one line */
    const char *arguments;       /* "INPUT... OUT_DIR" */
    const char *description;     /* paragraphs for --help, separated by blank lines */
    const char *examples;        /* lines for --help */
    const ih_option *options;    /* ends with a row whose name is NULL */
    int min_arguments, max_arguments; /* positional; max -1 = no limit */
} ih_program;

/* A program with verbs, `name VERB ...`: each verb is an ih_program of its own, with its own options, whose name is the program's and
 * the verb's with a blank between them, "gdal_ih_hub search". */
typedef struct {
    const char *name;                /* "gdal_ih_hub" */
    const char *summary, *description, *examples; /* as in ih_program */
    const ih_program *const *verbs;  /* in the order of the help; ends with NULL */
} ih_verb_program;

/* Exit statuses of every program. */
enum { IH_EXIT_DONE = 0, IH_EXIT_FAILED = 1, IH_EXIT_PARTLY = 2 };

typedef struct {
    char **arguments;  /* positional, NULL-terminated CPL list, owned by the run */
    int n_arguments;
    char **given;      /* CPL list: names of the program's options that were given */
    bool quiet;
    char *command_line; /* as typed, for run.json */
    char **storage;     /* the processed argv that option strings point into */
} ih_cli;

/* Registers drivers, handles the common options, parses the rest into *options (filled with defaults by the caller).
 * Returns -1 to go on, else the exit status to leave with (help was printed, or "FAILURE: ..." and a short usage on stderr). */
int ih_cli_begin(const ih_program *program, int argc, char **argv, void *options, ih_cli *cli);
void ih_cli_end(ih_cli *cli);

/* For programs with verbs. The verb is the first word; *index tells which. Returns -1 to go on with ih_cli_begin_verb, else the exit
 * status to leave with: --help, --version and the like of the whole program were answered, or what is wrong was said. */
int ih_cli_choose_verb(const ih_verb_program *program, int argc, char **argv, size_t *index);
/* ih_cli_begin for the chosen verb; argc and argv are those of main. */
int ih_cli_begin_verb(const ih_program *verb, int argc, char **argv, void *options, ih_cli *cli);

/* The parser alone, for tests and for replaying options: words is a NULL-terminated list without the program's name. Positional
 * words are appended to *positional (CPL string list). */
IH_MUST_CHECK ih_status ih_cli_parse(const ih_program *program, char **words, void *options,
                                     char ***positional, ih_error *err);

/* What can be made of an option table. */
typedef enum {
    IH_HELP_SYNOPSIS,  /* "Usage: ..." wrapped at 80 columns */
    IH_HELP_FULL,      /* --help */
    IH_HELP_MARKDOWN,  /* --help-markdown: the option list of the manual page */
    IH_HELP_COMPLETION /* --help-completion: a bash function and its complete line */
} ih_help_form;
void ih_cli_write_help(const ih_program *program, ih_help_form form, FILE *out);
/* The same for a program with verbs: the list of verbs; all options of all verbs for the manual page. */
void ih_cli_write_verb_help(const ih_verb_program *program, ih_help_form form, FILE *out);
/* The last word of a verb's name. */
const char *ih_cli_verb_name(const ih_program *verb);

/* Reports a failed status once through CPLError (the error number chosen by the status), prefix "ERROR n:" by GDAL's handler. */
void ih_cli_report(ih_status status, const ih_error *err);

/* Progress for ih_progress: GDAL's bar "0...10...20", restarted with a line "what" (stderr-free, on stdout) at each new stage and
 * when a stage begins again. Of stages slower than 5 seconds the time left is told: on a terminal behind the bar, in place; elsewhere
 * between its numbers, once a minute at most, so that a log keeps one line per bar and no control characters; and how long they
 * took. It stops on Ctrl-C (SIGINT, SIGTERM, SIGHUP set a flag; a second one ends the process at once). data is an ih_cli_progress. */
typedef struct {
    bool quiet;
    double (*clock)(void); /* seconds, for tests; NULL = the machine's */
    char stage[64];
    int tick; /* of 40, one more than shown; 0 before the first */
    bool terminal;
    double done, began_s, said_s; /* said: when the time left was told last */
    char estimate[40];            /* what stands behind the bar */
} ih_cli_progress;
int ih_cli_show_progress(double done, const char *what, void *data);
/* Leaves an unfinished bar with a clean line end, before a message. */
void ih_cli_end_progress(ih_cli_progress *progress);
/* How a program ends that failed: an unfinished bar gets its line end, the status is reported; returns IH_EXIT_FAILED. */
int ih_cli_fail(ih_cli_progress *progress, ih_status status, const ih_error *err);

/* What a run has to say; texts may be NULL. */
typedef struct {
    const char *json, *summary;
    bool as_json; /* the one instead of the other, even when quiet */
    bool partly;  /* some of the inputs could not be used */
} ih_cli_outcome;
/* How a program ends: as ih_cli_fail, or with its outcome on stdout; returns the exit status. */
int ih_cli_finish(const ih_cli *cli, ih_cli_progress *progress, ih_status status,
                  const ih_error *err, const ih_cli_outcome *outcome);

/* Takes the last of at least one positional word away from the others; the caller frees it by CPLFree. */
char *ih_cli_take_last(ih_cli *cli);

/* Makes freed pieces of memory go back to the system at once, for programs whose blocks come and go in several sizes: glibc
 * would raise its limit for that with each and keep the holes, half as much again as is in use. Called first in main(). */
void ih_cli_return_freed_memory(void);
/* Writes to stdout; a failure is remembered for ih_cli_finish_output. */
void ih_cli_print(const char *text);
void ih_cli_flush(void);
/* Flushes stdout at a program's end. When something could not be written, says so once on stderr and returns IH_EXIT_FAILED; but
 * when the reader has closed the pipe, and when all is well, it returns status. */
int ih_cli_finish_output(int status);

/* GDAL_NUM_THREADS, else all CPUs; at least 1. */
long ih_cli_default_threads(void);

/* True after SIGINT, SIGTERM or SIGHUP, for loops that have no progress call. */
bool ih_cli_interrupted(void);

#endif
