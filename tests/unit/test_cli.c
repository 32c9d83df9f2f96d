/* SPDX-License-Identifier: MIT */
#include "utilities/lib/cli.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

typedef struct {
    bool overwrite, te_given, co_given;
    const char *style;
    long passes;
    double te[4], coherence;
    int weight;
    char **co;
    double wm;
} try_options;

enum { UNIFORM, VARIANCE, COHERENCE };
static const char *const weights[] = {"uniform", "variance", "coherence", NULL};

#define AT(member) .offset = offsetof(try_options, member)
#define NOT_TOLD   .given_offset = SIZE_MAX

static const ih_option table[] = {
    {.name = "overwrite",
     .type = IH_OPTION_FLAG,
     AT(overwrite),
     NOT_TOLD,
     .group = "Output",
     .help = "Replace what is there."},
    {.name = "style",
     .metavar = "NAME",
     .type = IH_OPTION_STRING,
     AT(style),
     NOT_TOLD,
     .group = "Output",
     .help = "Style; a * is any."},
    {.name = "co",
     .metavar = "NAME=VALUE",
     .type = IH_OPTION_LIST,
     AT(co),
     .given_offset = offsetof(try_options, co_given),
     .group = "Output",
     .help = "Creation option."},
    {.name = "te",
     .metavar = "XMIN YMIN XMAX YMAX",
     .type = IH_OPTION_NUMBER,
     .count = 4,
     AT(te),
     .given_offset = offsetof(try_options, te_given),
     .group = "Area",
     .help = "Extent in map units."},
    {.name = "min_coherence",
     .metavar = "VALUE",
     .type = IH_OPTION_NUMBER,
     .count = 1,
     AT(coherence),
     NOT_TOLD,
     .minimum = 0,
     .maximum = 1,
     .group = "Area",
     .help = "Smallest."},
    {.name = "weight",
     .type = IH_OPTION_CHOICE,
     AT(weight),
     NOT_TOLD,
     .choices = weights,
     .group = "Inversion",
     .help = "Weights of the pairs."},
    {.name = "passes",
     .metavar = "N",
     .type = IH_OPTION_INTEGER,
     AT(passes),
     NOT_TOLD,
     .minimum = 1,
     .maximum = 10,
     .group = "Inversion",
     .help = "How often."},
    {.name = "wm",
     .metavar = "SIZE",
     .type = IH_OPTION_MEMORY,
     AT(wm),
     NOT_TOLD,
     .help = "Working memory."},
    {.name = NULL},
};
static const ih_program program = {.name = "gdal_ih_try",
                                   .summary = "Tries.",
                                   .arguments = "INPUT... OUT_DIR",
                                   .description = "First paragraph.\n\nSecond paragraph.",
                                   .examples = "  gdal_ih_try a b",
                                   .options = table,
                                   .min_arguments = 2,
                                   .max_arguments = 3};

typedef struct {
    try_options options;
    char **words, **positional;
    ih_error err;
    ih_status status;
} attempt;

/* Parses words that are separated by blanks. */
static attempt parse(const char *line)
{
    attempt a = {.options = {.weight = VARIANCE}};

    a.words = CSLTokenizeString2(line, " ", 0);
    a.status = ih_cli_parse(&program, a.words, &a.options, &a.positional, &a.err);
    return a;
}

static void forget(attempt *a)
{
    CSLDestroy(a->words);
    CSLDestroy(a->positional);
    CSLDestroy(a->options.co);
}

static void assert_refused(const char *line, const char *part_of_reason)
{
    attempt a = parse(line);

    if (a.status != IH_E_ARGUMENT || !strstr(a.err.text, part_of_reason))
        fail_msg("'%s' gave status %d, '%s'", line, (int)a.status, a.err.text);
    forget(&a);
}

static void each_type_reaches_its_place(void **state)
{
    attempt a = parse("-overwrite -style grey -co A=1 -co B=2 -te 1 2 3 4.5 -weight coherence "
                      "-passes 7 -wm 500MB in out -min_coherence 0.25");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_true(a.options.overwrite && a.options.te_given && a.options.co_given);
    assert_string_equal(a.options.style, "grey");
    assert_ptr_equal(a.options.style, a.words[2]);
    assert_int_equal(CSLCount(a.options.co), 2);
    assert_string_equal(a.options.co[1], "B=2");
    assert_true(a.options.te[0] == 1 && a.options.te[3] == 4.5);
    assert_int_equal(a.options.weight, COHERENCE);
    assert_int_equal(a.options.passes, 7);
    assert_true(a.options.wm == 500.0 * 1024 * 1024);
    assert_true(a.options.coherence == 0.25);
    assert_int_equal(CSLCount(a.positional), 2);
    forget(&a);
}

static void defaults_stay_when_nothing_is_given(void **state)
{
    attempt a = parse("in out");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_int_equal(a.options.weight, VARIANCE);
    assert_false(a.options.te_given || a.options.overwrite);
    assert_null(a.options.co);
    forget(&a);
}

static void two_dashes_equals_signs_and_case_are_accepted(void **state)
{
    attempt a = parse("in --te=-1,-2,3,4 --weight=UNIFORM -Style=a=b --overwrite=no out -wm=2");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_true(a.options.te[0] == -1 && a.options.te[1] == -2 && a.options.te[3] == 4);
    assert_int_equal(a.options.weight, UNIFORM);
    assert_string_equal(a.options.style, "a=b");
    assert_false(a.options.overwrite);
    assert_true(a.options.wm == 2.0 * 1024 * 1024);
    forget(&a);
}

static void negative_numbers_are_values_and_arguments(void **state)
{
    attempt a = parse("-te -117.5 -35 -1e3 -.5 -7 out");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_true(a.options.te[0] == -117.5 && a.options.te[2] == -1000 && a.options.te[3] == -0.5);
    assert_string_equal(a.positional[0], "-7");
    forget(&a);
}

static void two_dashes_alone_end_the_options(void **state)
{
    attempt a = parse("-overwrite -- -te -q");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_string_equal(a.positional[0], "-te");
    assert_string_equal(a.positional[1], "-q");
    forget(&a);
}

static void a_dash_alone_is_an_argument(void **state)
{
    attempt a = parse("- out");

    (void)state;
    assert_int_equal(a.status, IH_OK);
    assert_string_equal(a.positional[0], "-");
    forget(&a);
}

static void of_a_repeated_option_the_last_counts(void **state)
{
    attempt a = parse("in out -passes 2 -weight uniform -passes 3 -weight variance");

    (void)state;
    assert_int_equal(a.options.passes, 3);
    assert_int_equal(a.options.weight, VARIANCE);
    forget(&a);
}

static void numbers_are_read_to_their_end(void **state)
{
    (void)state;
    assert_refused("in out -te 1 2 3x 4", "'3x' is not a number");
    assert_refused("in out -te 1 2 nan 4", "'nan' is not a number");
    assert_refused("in out -te 1 2 inf 4", "'inf' is not a number");
    assert_refused("in out -passes 2.5", "whole number");
    assert_refused("in out -passes 99999999999999999999", "whole number");
    assert_refused("in out -passes=", "whole number");
    assert_refused("in out -te=1,2,3", "needs 4 numbers");
    assert_refused("in out -te=1,2,3,4,5", "needs 4 numbers");
    assert_refused("in out -te 1 2 3", "needs 4 numbers");
}

static void limits_are_checked_on_both_sides(void **state)
{
    attempt lowest = parse("in out -passes 1 -min_coherence 0");
    attempt highest = parse("in out -passes 10 -min_coherence 1");

    (void)state;
    assert_int_equal(lowest.status, IH_OK);
    assert_int_equal(highest.status, IH_OK);
    forget(&lowest);
    forget(&highest);
    assert_refused("in out -passes 0", "between 1 and 10");
    assert_refused("in out -passes 11", "between 1 and 10");
    assert_refused("in out -min_coherence 1.0001", "between 0 and 1");
}

static void memory_follows_gdalwarp(void **state)
{
    static const struct {
        const char *line;
        double bytes;
    } cases[] = {{"a b -wm 9999", 9999.0 * 1048576},  {"a b -wm 10000", 10000},
                 {"a b -wm 1.5GB", 1.5 * 1073741824}, {"a b -wm 64kb", 65536},
                 {"a b -wm 12345B", 12345},           {"a b -wm 2t", 2 * 1099511627776.0}};
    attempt share;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attempt a = parse(cases[i].line);

        assert_int_equal(a.status, IH_OK);
        assert_true(a.options.wm == cases[i].bytes);
        forget(&a);
    }
    share = parse("a b -wm 25%");
    /* One byte for the order of the multiplication. */
    assert_true(fabs(share.options.wm - 0.25 * (double)CPLGetUsablePhysicalRAM()) <= 1.0);
    forget(&share);
    assert_refused("a b -wm much", "amount of memory");
    assert_refused("a b -wm -5", "amount of memory");
    assert_refused("a b -wm 0", "amount of memory");
    assert_refused("a b -wm 5PB", "amount of memory");
    assert_refused("a b -wm 1e999", "amount of memory");
}

static void a_mistyped_option_gets_a_suggestion(void **state)
{
    (void)state;
    assert_refused("in out -wieght uniform", "did you mean -weight?");
    assert_refused("in out --overwrit", "did you mean -overwrite?");
    assert_refused("in out -min 3", "did you mean -min_coherence?");
    assert_refused("in out -passe=3", "did you mean -passes?");
    assert_refused("in out -zzzzzzzz", "unknown option '-zzzzzzzz'");
}

static void a_far_word_gets_no_suggestion(void **state)
{
    attempt a = parse("in out -xylophone");

    (void)state;
    assert_null(strstr(a.err.text, "did you mean"));
    forget(&a);
}

static void a_choice_names_its_values(void **state)
{
    (void)state;
    assert_refused("in out -weight heavy", "'heavy' is none of uniform, variance, coherence");
}

static void a_forgotten_value_is_noticed(void **state)
{
    (void)state;
    assert_refused("in out -style -overwrite", "write -style=-overwrite");
    assert_refused("in out -style", "needs a value (NAME)");
    assert_refused("in out -overwrite=perhaps", "takes no value");
}

static void the_number_of_arguments_is_checked(void **state)
{
    (void)state;
    assert_refused("in", "too few arguments");
    assert_refused("", "too few arguments");
    assert_refused("a b c d", "unexpected argument 'd'");
}

static void very_long_words_are_refused_without_harm(void **state)
{
    char *line = malloc(20000);

    (void)state;
    memset(line, 'x', 19999);
    line[0] = '-';
    line[19999] = '\0';
    assert_refused(line, "unknown option");
    free(line);
}

static char *help_text(ih_help_form form)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    ih_cli_write_help(&program, form, stream);
    fclose(stream);
    return text;
}

static void every_form_of_help_names_every_option(void **state)
{
    static const ih_help_form forms[] = {IH_HELP_SYNOPSIS, IH_HELP_FULL, IH_HELP_MARKDOWN,
                                         IH_HELP_COMPLETION};

    (void)state;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        char *text = help_text(forms[f]);

        for (const ih_option *o = table; o->name; o++) {
            char dashed[64];

            snprintf(dashed, sizeof dashed, "-%s", o->name);
            assert_non_null(strstr(text, dashed));
        }
        assert_non_null(strstr(text, "uniform"));
        free(text);
    }
}

static void help_keeps_within_eighty_columns(void **state)
{
    char *text = help_text(IH_HELP_FULL);
    char **lines = CSLTokenizeString2(text, "\n", CSLT_ALLOWEMPTYTOKENS);

    (void)state;
    assert_true(CSLCount(lines) > 20);
    for (int i = 0; lines[i]; i++)
        assert_true(strlen(lines[i]) <= 80);
    CSLDestroy(lines);
    free(text);
}

static void markdown_escapes_what_would_be_markup(void **state)
{
    char *text = help_text(IH_HELP_MARKDOWN);

    (void)state;
    assert_non_null(strstr(text, "a \\* is any"));
    assert_non_null(strstr(text, "- `-weight {uniform|variance|coherence}`: "));
    assert_non_null(strstr(text, "- `-co NAME=VALUE` (repeatable): "));
    free(text);
}

static void begin_hands_over_the_words_and_hides_secrets(void **state)
{
    char *argv[] = {"gdal_ih_try",
                    "--config",
                    "IH_TEST_KEY",
                    "some value",
                    "-q",
                    "a file",
                    "--config",
                    "IH_TEST_TOKEN",
                    "hidden",
                    "--te",
                    "1",
                    "2",
                    "3",
                    "4",
                    "out",
                    "--config",
                    "IH_TEST_SECRET=hidden",
                    NULL};
    try_options options = {0};
    ih_cli cli;

    (void)state;
    assert_int_equal(ih_cli_begin(&program, 17, argv, &options, &cli), -1);
    assert_true(cli.quiet);
    assert_int_equal(cli.n_arguments, 2);
    assert_string_equal(cli.arguments[0], "a file");
    assert_true(options.te[3] == 4);
    assert_string_equal(CPLGetConfigOption("IH_TEST_KEY", ""), "some value");
    assert_string_equal(CPLGetConfigOption("IH_TEST_SECRET", ""), "hidden");
    assert_string_equal(cli.command_line,
                        "gdal_ih_try --config IH_TEST_KEY 'some value' -q 'a file' --config "
                        "IH_TEST_TOKEN *** --te 1 2 3 4 out --config IH_TEST_SECRET=***");
    ih_cli_end(&cli);
}

/* Runs ih_cli_begin with one of the standard streams caught in a text; returns its status. */
static int begin_caught(FILE *stream, int argc, char **argv, char text[8192])
{
    FILE *caught = tmpfile();
    int kept = dup(fileno(stream)), status;
    try_options options = {0};
    size_t size;
    ih_cli cli;

    fflush(stream);
    dup2(fileno(caught), fileno(stream));
    status = ih_cli_begin(&program, argc, argv, &options, &cli);
    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
    rewind(caught);
    size = fread(text, 1, 8191, caught);
    text[size] = '\0';
    fclose(caught);
    return status;
}

static void a_usage_error_is_told_on_stderr_and_fails(void **state)
{
    char *unknown[] = {"gdal_ih_try", "in", "out", "-wieght", "variance", NULL};
    char *half[] = {"gdal_ih_try", "in", "out", "--config", "KEY", NULL};
    char text[8192];

    (void)state;
    assert_int_equal(begin_caught(stderr, 5, unknown, text), IH_EXIT_FAILED);
    assert_non_null(strstr(text, "Usage: gdal_ih_try"));
    assert_non_null(strstr(text, "\nFAILURE: unknown option '-wieght'; did you mean -weight?\n"));
    assert_int_equal(begin_caught(stderr, 5, half, text), IH_EXIT_FAILED);
    assert_non_null(strstr(text, "FAILURE: --config needs a key and a value"));
}

static void questions_are_answered_on_stdout_and_succeed(void **state)
{
    static char *const questions[] = {
        "--help", "-help", "--version", "--help-markdown", "--help-completion", "--formats"};
    static const char *const answers[] = {"Usage:", "Usage:",      IH_VERSION,
                                          "- `-co", "complete -o", "GTiff"};
    char text[8192];

    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        char *argv[] = {"gdal_ih_try", questions[i], NULL};

        assert_int_equal(begin_caught(stdout, 2, argv, text), IH_EXIT_DONE);
        assert_non_null(strstr(text, answers[i]));
    }
}

static void progress_is_gdals_bar_for_each_stage(void **state)
{
    static const char *const expected = "First\n0...10...20...30...40...50\nSecond\n"
                                        "0...10...20...30...40...50...60...70...80...90...100 - "
                                        "done.\n";
    FILE *caught = tmpfile();
    int kept = dup(STDOUT_FILENO);
    ih_cli_progress progress = {.quiet = false};
    char text[256];
    size_t size;

    (void)state;
    fflush(stdout);
    dup2(fileno(caught), STDOUT_FILENO);
    for (int i = 0; i <= 50; i++)
        ih_cli_show_progress(i / 100.0, "First", &progress);
    ih_cli_show_progress(0, "Second", &progress);
    ih_cli_show_progress(1, "Second", &progress);
    ih_cli_show_progress(1, "Second", &progress);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(caught);
    size = fread(text, 1, sizeof text - 1, caught);
    text[size] = '\0';
    fclose(caught);
    assert_string_equal(text, expected);
}

static double seconds;

static double test_clock(void)
{
    return seconds;
}

/* A stage of a hundred steps, on whatever file is given as standard output. */
static void show_steps(int file, double seconds_per_step, int last)
{
    ih_cli_progress progress = {.clock = test_clock};
    int kept;

    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    dup2(file, STDOUT_FILENO);
    for (int i = 0; i <= last; i++) {
        seconds = i * seconds_per_step;
        ih_cli_show_progress(i / 100.0, "Reading", &progress);
    }
    ih_cli_end_progress(&progress);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
}

static void a_log_tells_the_time_left_of_slow_stages_without_control_characters(void **state)
{
    static const struct {
        double seconds_per_step;
        const char *expected;
    } cases[] = {
        {0.04, "Reading\n0...10...20...30...40...50...60...70...80...90...100 - done.\n"},
        {1,
         "Reading\n0...10...20...30...40...50...60 (40 s left) ...70...80...90...100 - done in 2 "
         "min.\n"},
        {10, "Reading\n0...10 (15 min left) ...20 (13 min left) ...30 (12 min left) ...40 (10 min "
             "left) ...50 (8 min left) ...60 (7 min left) ...70 (5 min left) ...80 (3 min left) "
             "...90 (2 min left) ...100 - done in 17 min.\n"},
        {100,
         "Reading\n0...10 (2 h 30 min left) ...20 (2 h 13 min left) ...30 (1 h 57 min left) "
         "...40 (1 h 40 min left) ...50 (1 h 23 min left) ...60 (1 h 7 min left) ...70 (50 min "
         "left) ...80 (33 min left) ...90 (17 min left) ...100 - done in 2 h 47 min.\n"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FILE *caught = tmpfile();
        char text[1024];
        size_t size;

        show_steps(fileno(caught), cases[i].seconds_per_step, 100);
        rewind(caught);
        size = fread(text, 1, sizeof text - 1, caught);
        text[size] = '\0';
        fclose(caught);
        assert_string_equal(text, cases[i].expected);
    }
}

/* What a screen of 80 columns shows after the bytes, lines ended by '|' and without spaces at their
 * ends; *widest is the longest line that ever stood there. */
static void screen_of(const char *bytes, char *screen, size_t *widest)
{
    char line[200];
    size_t column = 0, length = 0;

    *widest = 0;
    for (const char *c = bytes; *c; c++) {
        if (*c == '\n') {
            while (length > 0 && line[length - 1] == ' ')
                length--;
            screen += sprintf(screen, "%.*s|", (int)length, line);
            length = 0;
        } else if (*c == '\r') {
            column = 0;
        } else if (*c == '\b') {
            column -= column > 0;
        } else if (column + 1 < sizeof line) {
            line[column++] = *c;
            length = column > length ? column : length;
        }
        *widest = length > *widest ? length : *widest;
    }
    sprintf(screen, "%.*s", (int)length, line);
}

static void a_terminal_shows_the_time_left_in_place(void **state)
{
    static const struct {
        int last;
        const char *screen;
    } cases[] = {
        {100, "Reading|0...10...20...30...40...50...60...70...80...90...100 - done in 17 min.|"},
        {25, "Reading|0...10...20..|"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int terminal = posix_openpt(O_RDWR | O_NOCTTY), program_side;
        char bytes[16384], screen[1024];
        size_t size = 0, widest;
        ssize_t n;

        assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
        program_side = open(ptsname(terminal), O_RDWR | O_NOCTTY);
        assert_true(program_side >= 0);
        assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
        show_steps(program_side, 10, cases[i].last);
        while ((n = read(terminal, bytes + size, sizeof bytes - 1 - size)) > 0)
            size += (size_t)n;
        bytes[size] = '\0';
        close(program_side);
        close(terminal);
        screen_of(bytes, screen, &widest);
        assert_string_equal(screen, cases[i].screen);
        assert_non_null(strstr(bytes, " 12 min left\b\b"));
        assert_true(widest < 80);
    }
}

static void a_stage_that_begins_again_has_a_bar_again(void **state)
{
    FILE *caught = tmpfile();
    int kept = dup(STDOUT_FILENO);
    ih_cli_progress progress = {0};
    char text[256];
    size_t size;

    (void)state;
    fflush(stdout);
    dup2(fileno(caught), STDOUT_FILENO);
    ih_cli_show_progress(0.5, "Reading", &progress);
    ih_cli_show_progress(0.49, "Reading", &progress);
    ih_cli_show_progress(0.1, "Reading", &progress);
    ih_cli_end_progress(&progress);
    ih_cli_end_progress(&progress);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(caught);
    size = fread(text, 1, sizeof text - 1, caught);
    text[size] = '\0';
    fclose(caught);
    assert_string_equal(text, "Reading\n0...10...20...30...40...50\nReading\n0...10\n");
}

static void a_second_signal_ends_the_process(void **state)
{
    char *argv[] = {"gdal_ih_try", "in", "out", NULL};
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        try_options options = {0};
        ih_cli cli;

        if (ih_cli_begin(&program, 3, argv, &options, &cli) != -1)
            _exit(1);
        raise(SIGINT);
        if (!ih_cli_interrupted())
            _exit(2);
        raise(SIGTERM);
        _exit(3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void a_failure_is_reported_with_gdals_number(void **state)
{
    ih_error err;

    (void)state;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    ih_cli_report(ih_fail(&err, IH_E_CANCELLED, "stopped by %s", "hand"), &err);
    CPLPopErrorHandler();
    assert_int_equal(CPLGetLastErrorNo(), CPLE_UserInterrupt);
    assert_string_equal(CPLGetLastErrorMsg(), "stopped by hand");
    CPLErrorReset();
    ih_cli_report(IH_OK, NULL);
    assert_int_equal(CPLGetLastErrorType(), CE_None);
}

/* Runs last: the flag stays. */
static void an_interrupt_stops_the_progress(void **state)
{
    ih_cli_progress progress = {.quiet = true};

    (void)state;
    assert_false(ih_cli_interrupted());
    assert_int_equal(ih_cli_show_progress(0.5, "x", &progress), 1);
    raise(SIGTERM);
    assert_true(ih_cli_interrupted());
    assert_int_equal(ih_cli_show_progress(0.6, "x", &progress), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_reaches_its_place),
        cmocka_unit_test(defaults_stay_when_nothing_is_given),
        cmocka_unit_test(two_dashes_equals_signs_and_case_are_accepted),
        cmocka_unit_test(negative_numbers_are_values_and_arguments),
        cmocka_unit_test(two_dashes_alone_end_the_options),
        cmocka_unit_test(a_dash_alone_is_an_argument),
        cmocka_unit_test(of_a_repeated_option_the_last_counts),
        cmocka_unit_test(numbers_are_read_to_their_end),
        cmocka_unit_test(limits_are_checked_on_both_sides),
        cmocka_unit_test(memory_follows_gdalwarp),
        cmocka_unit_test(a_mistyped_option_gets_a_suggestion),
        cmocka_unit_test(a_far_word_gets_no_suggestion),
        cmocka_unit_test(a_choice_names_its_values),
        cmocka_unit_test(a_forgotten_value_is_noticed),
        cmocka_unit_test(the_number_of_arguments_is_checked),
        cmocka_unit_test(very_long_words_are_refused_without_harm),
        cmocka_unit_test(every_form_of_help_names_every_option),
        cmocka_unit_test(help_keeps_within_eighty_columns),
        cmocka_unit_test(markdown_escapes_what_would_be_markup),
        cmocka_unit_test(begin_hands_over_the_words_and_hides_secrets),
        cmocka_unit_test(a_usage_error_is_told_on_stderr_and_fails),
        cmocka_unit_test(questions_are_answered_on_stdout_and_succeed),
        cmocka_unit_test(progress_is_gdals_bar_for_each_stage),
        cmocka_unit_test(a_log_tells_the_time_left_of_slow_stages_without_control_characters),
        cmocka_unit_test(a_terminal_shows_the_time_left_in_place),
        cmocka_unit_test(a_stage_that_begins_again_has_a_bar_again),
        cmocka_unit_test(a_second_signal_ends_the_process),
        cmocka_unit_test(a_failure_is_reported_with_gdals_number),
        cmocka_unit_test(an_interrupt_stops_the_progress),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
