/* SPDX-License-Identifier: MIT */
#include "utilities/lib/cli.h"

#include <errno.h>
#ifdef __linux__
#include <malloc.h>
#endif
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_multiproc.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

/* The driver's entry point, linked in so that a program needs no plugin folder. */
extern void GDALRegister_HYP3(void);

/* Bare -wm numbers below this are megabytes, as in gdalwarp. */
#define MEMORY_BARE_MEGABYTES_BELOW 10000.0

enum { LONGEST_NAME = 63 };

/* Bytes from which a piece of memory goes back to the system when it is freed. */
enum { RETURNED_BYTES = 96 * 1024 };

typedef struct {
    const ih_program *program;
    char **words;
    size_t next; /* index of the word after the current one */
    bool quiet;
    char **given; /* CPL list of names */
} parser;

/* Options of every program, for which one or two dashes do alike. */
static const char *const common_flags[] = {"help",    "h",       "version",       "utility_version",
                                           "q",       "quiet",   "help-markdown", "help-completion",
                                           "formats", "license", "build",         "help-general"};
static const char *const common_values[] = {"config", "debug",      "optfile",
                                            "format", "mempreload", "locale"};

static volatile sig_atomic_t interrupted;

/* errno of the first write to stdout that failed. */
static int output_error;

static void on_signal(int number)
{
    if (interrupted) {
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction action, before;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A closed terminal stops a run like Ctrl-C, unless nohup has asked for the contrary. */
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    /* A reader of the progress that leaves, as head does, must not end the run. */
    signal(SIGPIPE, SIG_IGN);
    /* A limit on file sizes then shows as a failed write, which cleans up after itself. */
    signal(SIGXFSZ, SIG_IGN);
}

void ih_cli_flush(void)
{
    if (fflush(stdout) != 0 && !output_error)
        output_error = errno;
}

void ih_cli_return_freed_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, RETURNED_BYTES);
#endif
}

void ih_cli_print(const char *text)
{
    if (fputs(text, stdout) == EOF && !output_error)
        output_error = errno;
}

int ih_cli_finish_output(int status)
{
    ih_cli_flush();
    if (!ferror(stdout) && !output_error)
        return status;
    /* Who closes the pipe wants no more, as in `| head`; everybody else misses something. */
    if (output_error == EPIPE)
        return status;
    fprintf(stderr, "ERROR %d: standard output cannot be written: %s\n", CPLE_FileIO,
            output_error ? strerror(output_error) : "unknown reason");
    return IH_EXIT_FAILED;
}

long ih_cli_default_threads(void)
{
    const char *text = CPLGetConfigOption("GDAL_NUM_THREADS", "ALL_CPUS");
    long n = strcasecmp(text, "ALL_CPUS") == 0 ? CPLGetNumCPUs() : strtol(text, NULL, 10);

    return n < 1 ? 1 : n > 1024 ? 1024 : n;
}

bool ih_cli_interrupted(void)
{
    return interrupted != 0;
}

/* An option's name without dashes, up to '=' or the end; NULL when the word is no option: no dash,
 * a dash alone, or a number. */
static const char *option_name(const char *word, size_t *length)
{
    char *end;

    if (word[0] != '-' || word[1] == '\0')
        return NULL;
    CPLStrtod(word, &end);
    if (end != word && *end == '\0')
        return NULL;
    word += word[1] == '-' ? 2 : 1;
    *length = strcspn(word, "=");
    return word;
}

static bool same_name(const char *name, const char *word, size_t length)
{
    return strlen(name) == length && strncasecmp(name, word, length) == 0;
}

static const ih_option *find_option(const ih_program *program, const char *name, size_t length)
{
    for (const ih_option *o = program->options; o && o->name; o++)
        if (same_name(o->name, name, length))
            return o;
    return NULL;
}

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;

    return least < c ? least : c;
}

/* Edit distance (insert, delete, replace) of two names of at most LONGEST_NAME letters. */
static int edit_distance(const char *a, const char *b)
{
    int row[LONGEST_NAME + 1];
    size_t n = strlen(b);

    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (size_t i = 0; a[i]; i++) {
        int diagonal = row[0];

        row[0] = (int)i + 1;
        for (size_t j = 0; j < n; j++) {
            int cost = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            row[j + 1] = smallest(row[j + 1] + 1, row[j] + 1, cost);
        }
    }
    return row[n];
}

typedef struct {
    const char *wanted;
    const char *best;
    int distance;
} suggestion;

static void suggest(suggestion *s, const char *candidate)
{
    int distance;

    if (strlen(candidate) > LONGEST_NAME || strcasecmp(candidate, s->wanted) == 0)
        return;
    distance = edit_distance(s->wanted, candidate);
    if (strncmp(s->wanted, candidate, strlen(s->wanted)) == 0)
        distance = 1;
    if (distance < s->distance) {
        s->distance = distance;
        s->best = candidate;
    }
}

static bool is_among(const char *const *names, size_t n, const char *word, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (same_name(names[i], word, length))
            return true;
    return false;
}

static bool is_common_flag(const char *word, size_t length)
{
    return is_among(common_flags, sizeof common_flags / sizeof *common_flags, word, length);
}

static bool takes_common_value(const char *word, size_t length)
{
    return is_among(common_values, sizeof common_values / sizeof *common_values, word, length);
}

/* The name nearest to a mistyped one, or NULL when none is near. */
static const char *nearest_option(const ih_program *program, const char *wanted)
{
    static const char *const common[] = {"help",  "version", "quiet",  "config",
                                         "debug", "optfile", "formats"};
    size_t length = strlen(wanted);
    suggestion s = {wanted, NULL, (int)(length < 3 ? 2 : 2 + length / 4)};

    if (length > LONGEST_NAME)
        return NULL;
    for (const ih_option *o = program->options; o && o->name; o++)
        suggest(&s, o->name);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        suggest(&s, common[i]);
    return s.best;
}

static ih_status unknown_option(const ih_program *program, const char *word, ih_error *err)
{
    char name[LONGEST_NAME + 1];
    const char *near;
    size_t length = 0;
    const char *common = option_name(word, &length);

    if (common && common[length] == '=' && is_common_flag(common, length))
        return ih_fail(err, IH_E_ARGUMENT, "-%.*s takes no value: '%s'", (int)length, common, word);

    snprintf(name, sizeof name, "%s", word + (word[1] == '-' ? 2 : 1));
    name[strcspn(name, "=")] = '\0';
    near = nearest_option(program, name);
    if (near)
        return ih_fail(err, IH_E_ARGUMENT, "unknown option '%s'; did you mean -%s?", word, near);
    return ih_fail(err, IH_E_ARGUMENT, "unknown option '%s'", word);
}

static bool parse_number(const char *text, double *value)
{
    char *end;

    *value = CPLStrtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

static ih_status check_range(const ih_option *option, double value, const char *text, ih_error *err)
{
    if (!(option->minimum < option->maximum))
        return IH_OK;
    if (value >= option->minimum && value <= option->maximum)
        return IH_OK;
    if (isinf(option->maximum))
        return ih_fail(err, IH_E_ARGUMENT, "-%s %s: must be at least %g", option->name, text,
                       option->minimum);
    if (isinf(option->minimum))
        return ih_fail(err, IH_E_ARGUMENT, "-%s %s: must be at most %g", option->name, text,
                       option->maximum);
    return ih_fail(err, IH_E_ARGUMENT, "-%s %s: must lie between %g and %g", option->name, text,
                   option->minimum, option->maximum);
}

static ih_status store_number(const ih_option *option, const char *text, double *target,
                              ih_error *err)
{
    double value;

    if (!parse_number(text, &value))
        return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a number", option->name, text);
    if (check_range(option, value, text, err))
        return IH_E_ARGUMENT;
    *target = value;
    return IH_OK;
}

static ih_status store_integer(const ih_option *option, const char *text, long *target,
                               ih_error *err)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno == ERANGE)
        return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is not a whole number", option->name, text);
    if (check_range(option, (double)value, text, err))
        return IH_E_ARGUMENT;
    *target = value;
    return IH_OK;
}

static void list_choices(const ih_option *option, char *list, size_t size)
{
    size_t used = 0;

    list[0] = '\0';
    for (int i = 0; option->choices && option->choices[i] && used < size; i++)
        used +=
            (size_t)snprintf(list + used, size - used, "%s%s", i ? ", " : "", option->choices[i]);
}

static ih_status store_choice(const ih_option *option, const char *text, int *target, ih_error *err)
{
    char list[256];

    for (int i = 0; option->choices[i]; i++)
        if (strcasecmp(option->choices[i], text) == 0) {
            *target = i;
            return IH_OK;
        }
    list_choices(option, list, sizeof list);
    return ih_fail(err, IH_E_ARGUMENT, "-%s: '%s' is none of %s", option->name, text, list);
}

/* Bytes per unit, 0 for an unknown unit. */
static double memory_unit(const char *unit, double value)
{
    static const struct {
        const char *name;
        double bytes;
    } units[] = {{"B", 1},
                 {"K", 1024.0},
                 {"KB", 1024.0},
                 {"M", 1048576.0},
                 {"MB", 1048576.0},
                 {"G", 1073741824.0},
                 {"GB", 1073741824.0},
                 {"T", 1099511627776.0},
                 {"TB", 1099511627776.0}};

    if (*unit == '\0')
        return value < MEMORY_BARE_MEGABYTES_BELOW ? 1048576.0 : 1.0;
    if (strcmp(unit, "%") == 0)
        return (double)CPLGetUsablePhysicalRAM() / 100.0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcasecmp(units[i].name, unit) == 0)
            return units[i].bytes;
    return 0.0;
}

static ih_status store_memory(const ih_option *option, const char *text, double *target,
                              ih_error *err)
{
    char *unit;
    double value = CPLStrtod(text, &unit);
    double bytes = unit == text ? 0.0 : memory_unit(unit, value) * value;

    if (!isfinite(bytes) || !(bytes >= 1.0))
        return ih_fail(err, IH_E_ARGUMENT,
                       "-%s: '%s' is not an amount of memory such as 2GB, 500MB or 25%%",
                       option->name, text);
    *target = bytes;
    return IH_OK;
}

static ih_status store_flag(const ih_option *option, const char *text, bool *target, ih_error *err)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};

    for (size_t i = 0; text && i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0)
            text = NULL;
        else if (strcasecmp(text, no[i]) == 0) {
            *target = false;
            return IH_OK;
        }
    }
    if (text)
        return ih_fail(err, IH_E_ARGUMENT, "-%s takes no value but yes or no, not '%s'",
                       option->name, text);
    *target = true;
    return IH_OK;
}

/* Several numbers in one word after '=': "1,2,3,4" or "1 2 3 4". */
static ih_status store_number_list(const ih_option *option, const char *text, double *target,
                                   ih_error *err)
{
    char **parts = CSLTokenizeString2(text, " ,", CSLT_HONOURSTRINGS);
    ih_status status = IH_OK;

    if ((size_t)CSLCount(parts) != option->count)
        status = ih_fail(err, IH_E_ARGUMENT, "-%s needs %zu numbers (%s), not '%s'", option->name,
                         option->count, option->metavar, text);
    for (size_t i = 0; status == IH_OK && i < option->count; i++)
        status = store_number(option, parts[i], target + i, err);
    CSLDestroy(parts);
    return status;
}

/* The next word as a value; refused when it is the name of an option, which would be a forgotten
 * value. */
static const char *next_value(parser *p, const ih_option *option, ih_error *err)
{
    const char *word = p->words[p->next], *name;
    char list[256];
    size_t length = 0;

    if (!word) {
        list_choices(option, list, sizeof list);
        ih_fail(err, IH_E_ARGUMENT, "-%s needs a value (%s%s)", option->name,
                option->metavar ? option->metavar : "one of ", option->metavar ? "" : list);
        return NULL;
    }
    name = option_name(word, &length);
    if (name && find_option(p->program, name, length)) {
        ih_fail(err, IH_E_ARGUMENT,
                "-%s needs a value, and '%s' is an option; if it is the value, write -%s=%s",
                option->name, word, option->name, word);
        return NULL;
    }
    p->next++;
    return word;
}

static ih_status store_numbers(parser *p, const ih_option *option, const char *text, double *target,
                               ih_error *err)
{
    ih_status status = IH_OK;

    if (option->count <= 1)
        return store_number(option, text, target, err);
    for (size_t i = 0; status == IH_OK && i < option->count; i++) {
        if (i > 0)
            text = next_value(p, option, err);
        if (!text)
            return ih_fail(err, IH_E_ARGUMENT, "-%s needs %zu numbers (%s)", option->name,
                           option->count, option->metavar);
        status = store_number(option, text, target + i, err);
    }
    return status;
}

static ih_status store_option(parser *p, const ih_option *option, const char *inline_value,
                              void *options, ih_error *err)
{
    void *target = (char *)options + option->offset;
    const char *text = inline_value;

    if (option->type == IH_OPTION_FLAG)
        return store_flag(option, text, target, err);
    if (!text && !(text = next_value(p, option, err)))
        return IH_E_ARGUMENT;
    switch (option->type) {
    case IH_OPTION_INTEGER:
        return store_integer(option, text, target, err);
    case IH_OPTION_NUMBER:
        if (inline_value && option->count > 1)
            return store_number_list(option, text, target, err);
        return store_numbers(p, option, text, target, err);
    case IH_OPTION_CHOICE:
        return store_choice(option, text, target, err);
    case IH_OPTION_MEMORY:
        return store_memory(option, text, target, err);
    case IH_OPTION_LIST:
        *(char ***)target = CSLAddString(*(char ***)target, text);
        return IH_OK;
    case IH_OPTION_STRING:
    case IH_OPTION_FLAG:
    default:
        *(const char **)target = text;
        return IH_OK;
    }
}

static bool is_quiet(const ih_program *program, const char *name, size_t length)
{
    return (same_name("q", name, length) || same_name("quiet", name, length)) &&
           !find_option(program, name, length);
}

static ih_status check_argument_count(const ih_program *program, int count, char **positional,
                                      ih_error *err)
{
    if (count < program->min_arguments)
        return ih_fail(err, IH_E_ARGUMENT, "too few arguments: %s %s",
                       program->arguments ? program->arguments : "",
                       program->min_arguments == 1 ? "is needed" : "are needed");
    if (program->max_arguments >= 0 && count > program->max_arguments)
        return ih_fail(err, IH_E_ARGUMENT, "unexpected argument '%s'",
                       positional[CSLCount(positional) - count + program->max_arguments]);
    return IH_OK;
}

static ih_status parse_words(parser *p, void *options, char ***positional, ih_error *err)
{
    bool options_ended = false;
    int before = CSLCount(*positional);

    while (p->words && p->words[p->next]) {
        const char *word = p->words[p->next++], *name;
        const ih_option *option;
        size_t length = 0;
        ih_status status;

        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
            continue;
        }
        name = options_ended ? NULL : option_name(word, &length);
        if (!name) {
            *positional = CSLAddString(*positional, word);
            continue;
        }
        if (is_quiet(p->program, name, length) && name[length] == '\0') {
            p->quiet = true;
            continue;
        }
        option = find_option(p->program, name, length);
        if (!option)
            return unknown_option(p->program, word, err);
        status =
            store_option(p, option, name[length] == '=' ? name + length + 1 : NULL, options, err);
        if (status)
            return status;
        if (option->given_offset != SIZE_MAX)
            *(bool *)((char *)options + option->given_offset) = true;
        if (CSLFindString(p->given, option->name) < 0)
            p->given = CSLAddString(p->given, option->name);
    }
    return check_argument_count(p->program, CSLCount(*positional) - before, *positional, err);
}

ih_status ih_cli_parse(const ih_program *program, char **words, void *options, char ***positional,
                       ih_error *err)
{
    parser p = {.program = program, .words = words};
    ih_status status = parse_words(&p, options, positional, err);

    CSLDestroy(p.given);
    return status;
}

static bool is_secret(const char *key)
{
    static const char *const parts[] = {"PASSWORD", "PASSWD", "SECRET",  "TOKEN",
                                        "USERPWD",  "BEARER", "HEADERS", "ACCESS_KEY"};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(key, parts[i]))
            return true;
    return false;
}

/* One word as a shell would need it; what follows `=` in "KEY=secret" is starred out. */
static char *shell_word(const char *word, bool hide)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=.,:/@%^";
    size_t length = strlen(word);
    char *out, *w;

    if (hide)
        return CPLStrdup("***");
    if (length > 0 && strspn(word, plain) == length)
        return CPLStrdup(word);
    w = out = CPLMalloc(4 * length + 3);
    *w++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(w, "'\\''", 4);
            w += 4;
        } else {
            *w++ = *word;
        }
    }
    *w++ = '\'';
    *w = '\0';
    return out;
}

/* The command line as typed, quoted for a shell, without the secrets that --config can carry. */
static char *join_command_line(int argc, char **argv)
{
    char **words = NULL;
    char *joined = NULL;
    size_t size = 1;
    bool hide = false;

    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        bool key_with_secret = is_secret(argv[i]) && argv[i][0] != '/';
        char *word = shell_word(argv[i], hide);

        if (!hide && equals && key_with_secret && i > 0 && EQUAL(argv[i - 1], "--config")) {
            CPLFree(word);
            word = CPLStrdup(CPLSPrintf("%.*s=***", (int)(equals - argv[i]), argv[i]));
            key_with_secret = false;
        }
        hide = !hide && key_with_secret && !equals && i > 0 && EQUAL(argv[i - 1], "--config");
        size += strlen(word) + 1;
        words = CSLAddString(words, word);
        CPLFree(word);
    }
    joined = CPLCalloc(1, size);
    for (int i = 0; words && words[i]; i++) {
        if (i > 0)
            strcat(joined, " ");
        strcat(joined, words[i]);
    }
    CSLDestroy(words);
    return joined;
}

/* Usage errors look as in GDAL's programs: usage, then FAILURE. */
static int usage_error(const ih_program *program, const char *reason)
{
    fprintf(stderr, "Usage: %s [options] %s\n       %s --help\nFAILURE: %s\n", program->name,
            program->arguments ? program->arguments : "", program->name, reason);
    return IH_EXIT_FAILED;
}

/* True when the words before `--` contain --name or -name, and the program has no option of that
 * name. */
static bool asks_for(const ih_program *program, char **argv, const char *name)
{
    size_t length = 0;

    if (find_option(program, name, strlen(name)))
        return false;
    for (int i = 1; argv[i] && strcmp(argv[i], "--") != 0; i++) {
        const char *word = option_name(argv[i], &length);

        if (word && same_name(name, word, length) && word[length] == '\0')
            return true;
    }
    return false;
}

static void write_help(const ih_program *program, const ih_verb_program *verbs, ih_help_form form)
{
    if (verbs)
        ih_cli_write_verb_help(verbs, form, stdout);
    else
        ih_cli_write_help(program, form, stdout);
}

/* Answers the questions that need no driver; -1 when none was asked. verbs is NULL but for the
 * program that has them. */
static int answer(const ih_program *program, const ih_verb_program *verbs, char **argv)
{
    if (asks_for(program, argv, "help") || asks_for(program, argv, "h"))
        write_help(program, verbs, IH_HELP_FULL);
    else if (asks_for(program, argv, "version") || asks_for(program, argv, "utility_version"))
        printf("%s %s (InSARHub for GDAL), running against GDAL %s\n", program->name, IH_VERSION,
               GDALVersionInfo("RELEASE_NAME"));
    else if (asks_for(program, argv, "help-markdown"))
        write_help(program, verbs, IH_HELP_MARKDOWN);
    else if (asks_for(program, argv, "help-completion"))
        write_help(program, verbs, IH_HELP_COMPLETION);
    else
        return -1;
    return ih_cli_finish_output(IH_EXIT_DONE);
}

/* Appends the words of an option file: lines, in which # starts a comment, as GDAL reads them. */
static ih_status read_option_file(const char *path, char ***words, ih_error *err)
{
    VSILFILE *file = VSIFOpenL(path, "rb");
    const char *line;

    if (!file)
        return ih_fail(err, IH_E_ARGUMENT, "-optfile %s: it cannot be opened", path);
    while ((line = CPLReadLineL(file)) != NULL) {
        char **tokens = line[0] == '#' ? NULL : CSLTokenizeString(line);

        for (int i = 0; tokens && tokens[i]; i++)
            *words = CSLAddString(*words, tokens[i]);
        CSLDestroy(tokens);
    }
    CPLReadLineL(NULL);
    VSIFCloseL(file);
    return IH_OK;
}

/* Whether words begin with GDAL's --config and not with a program's own, whose value is a JSON
 * file.
 */
static bool is_gdal_config(char **words)
{
    size_t length = 0;
    const char *name = option_name(words[0], &length), *value;

    if (!name || !same_name("config", name, length))
        return false;
    value = name[length] == '=' ? name + length + 1 : words[1];
    return !value || !EQUAL(CPLGetExtension(value), "json");
}

/* Appends a copy of words in which common options have two dashes and their value in a word of its
 * own, as GDAL's processor wants them, and the program's own options one, so that this processor
 * does not take -format or -debug of ours for its own. Option files are replaced by what they say.
 */
static ih_status take_words(const ih_program *program, char **words, bool in_file, char ***out,
                            ih_error *err)
{
    ih_status status = IH_OK;

    for (int i = 0; words && words[i] && status == IH_OK; i++) {
        size_t length = 0;
        const char *name = option_name(words[i], &length), *value;
        char **contents = NULL;

        if (strcmp(words[i], "--") == 0) {
            *out = CSLInsertStrings(*out, -1, words + i);
            return IH_OK;
        }
        if (name && find_option(program, name, length) && !is_gdal_config(words + i)) {
            *out = CSLAddString(*out, words[i][1] == '-' ? words[i] + 1 : words[i]);
            continue;
        }
        if (!name || !takes_common_value(name, length)) {
            bool flag = name && is_common_flag(name, length) && !is_quiet(program, name, length);

            *out = CSLAddString(*out, flag ? CPLSPrintf("--%s", name) : words[i]);
            continue;
        }
        value = name[length] == '=' ? name + length + 1 : words[i + 1];
        if (!value)
            return ih_fail(err, IH_E_ARGUMENT, "--%.*s needs %s", (int)length, name,
                           same_name("config", name, length) ? "a key and a value" : "a value");
        if (!same_name("optfile", name, length)) {
            *out = CSLAddString(*out, CPLSPrintf("--%.*s", (int)length, name));
            if (name[length] == '=')
                *out = CSLAddString(*out, value);
            continue;
        }
        if (in_file)
            return ih_fail(err, IH_E_ARGUMENT, "-optfile %s: not within another option file",
                           value);
        status = read_option_file(value, &contents, err);
        if (status == IH_OK)
            status = take_words(program, contents, true, out, err);
        CSLDestroy(contents);
        i += name[length] == '\0';
    }
    return status;
}

/* Words with --config left out, which is applied at once because drivers read it when they
 * register; so is --debug. */
static char **take_configuration(char **words, ih_error *err)
{
    char **kept = NULL;

    for (int i = 0; words && words[i]; i++) {
        const char *next = words[i + 1], *equals = next ? strchr(next, '=') : NULL;

        if (strcmp(words[i], "--") == 0)
            return CSLInsertStrings(kept, -1, words + i);
        if (EQUAL(words[i], "--debug") && next)
            CPLSetConfigOption("CPL_DEBUG", next);
        if (!EQUAL(words[i], "--config")) {
            kept = CSLAddString(kept, words[i]);
        } else if (equals && equals > next) {
            char *key = NULL;
            const char *value = CPLParseNameValue(next, &key);

            CPLSetConfigOption(key, value);
            CPLFree(key);
            i++;
        } else if (next && words[i + 2]) {
            CPLSetConfigOption(next, words[i + 2]);
            i += 2;
        } else {
            CSLDestroy(kept);
            ih_fail(err, IH_E_ARGUMENT, "--config needs a key and a value");
            return NULL;
        }
    }
    return kept;
}

/* Registers drivers and does what the common words ask. -1 when the words that are left, in
 * cli->storage, are for the program; else the status to leave with. */
static int take_common_words(const ih_program *program, const ih_verb_program *verbs, int argc,
                             char **argv, ih_cli *cli)
{
    ih_error err = {IH_OK, ""};
    char **words = NULL, **all = NULL;
    int count, code;

    memset(cli, 0, sizeof *cli);
    if (argc < 1)
        return usage_error(program, "no program name");
    code = answer(program, verbs, argv);
    if (code >= 0)
        return code;
    all = CSLAddString(NULL, argv[0]);
    if (take_words(program, argv + 1, false, &all, &err) == IH_OK)
        words = take_configuration(all, &err);
    CSLDestroy(all);
    if (!words)
        return usage_error(program, err.text);
    /* What an option file asks, the program answers as well. */
    code = answer(program, verbs, words);
    if (code >= 0) {
        CSLDestroy(words);
        return code;
    }

    GDALRegister_HYP3();
    GDALAllRegister();
    cli->storage = words;
    count = GDALGeneralCmdLineProcessor(CSLCount(words), &cli->storage, 0);
    if (cli->storage != words)
        CSLDestroy(words);
    else if (count < 1)
        CSLDestroy(cli->storage);
    if (count >= 1)
        return -1;
    cli->storage = NULL;
    return count < 0 ? IH_EXIT_FAILED : ih_cli_finish_output(IH_EXIT_DONE);
}

int ih_cli_begin(const ih_program *program, int argc, char **argv, void *options, ih_cli *cli)
{
    ih_error err = {IH_OK, ""};
    parser p = {.program = program, .next = 1};
    int code = take_common_words(program, NULL, argc, argv, cli);

    if (code >= 0)
        return code;
    p.words = cli->storage;
    if (parse_words(&p, options, &cli->arguments, &err)) {
        CSLDestroy(p.given);
        ih_cli_end(cli);
        return usage_error(program, err.text);
    }
    cli->n_arguments = CSLCount(cli->arguments);
    cli->quiet = p.quiet;
    cli->given = p.given;
    cli->command_line = join_command_line(argc, argv);
    catch_signals();
    return -1;
}

char *ih_cli_take_last(ih_cli *cli)
{
    char **last = &cli->arguments[--cli->n_arguments], *word = *last;

    *last = NULL;
    return word;
}

/* The verb nearest to a mistyped one, or NULL. */
static const char *nearest_verb(const ih_verb_program *program, const char *wanted)
{
    suggestion s = {wanted, NULL, (int)(2 + strlen(wanted) / 4)};

    for (size_t i = 0; strlen(wanted) <= LONGEST_NAME && program->verbs[i]; i++)
        suggest(&s, ih_cli_verb_name(program->verbs[i]));
    return s.best;
}

int ih_cli_choose_verb(const ih_verb_program *program, int argc, char **argv, size_t *index)
{
    static const ih_option none[] = {{.name = NULL}};
    const ih_program whole = {.name = program->name, .arguments = "VERB ...", .options = none};
    const char *word = argc > 1 ? argv[1] : NULL, *near;
    size_t length = 0;
    ih_cli cli;
    int code;

    for (*index = 0; word && program->verbs[*index]; (*index)++)
        if (EQUAL(ih_cli_verb_name(program->verbs[*index]), word))
            return -1;
    if (word && option_name(word, &length)) {
        code = take_common_words(&whole, program, argc, argv, &cli);
        ih_cli_end(&cli);
        return code >= 0 ? code : usage_error(&whole, "the verb has to be the first word");
    }
    near = word ? nearest_verb(program, word) : NULL;
    if (!word)
        return usage_error(&whole, "a verb is needed; --help lists them");
    return usage_error(&whole,
                       near ? CPLSPrintf("unknown verb '%.60s'; did you mean %s?", word, near)
                            : CPLSPrintf("unknown verb '%.60s'", word));
}

int ih_cli_begin_verb(const ih_program *verb, int argc, char **argv, void *options, ih_cli *cli)
{
    int leave = ih_cli_begin(verb, argc - 1, argv + 1, options, cli);

    if (leave < 0) {
        CPLFree(cli->command_line);
        cli->command_line = join_command_line(argc, argv);
    }
    return leave;
}

void ih_cli_end(ih_cli *cli)
{
    if (!cli)
        return;
    CSLDestroy(cli->arguments);
    CSLDestroy(cli->storage);
    CSLDestroy(cli->given);
    CPLFree(cli->command_line);
    memset(cli, 0, sizeof *cli);
}

void ih_cli_report(ih_status status, const ih_error *err)
{
    static const CPLErrorNum numbers[] = {
        [IH_OK] = CPLE_None,
        [IH_E_MEMORY] = CPLE_OutOfMemory,
        [IH_E_ARGUMENT] = CPLE_IllegalArg,
        [IH_E_DATA] = CPLE_AppDefined,
        [IH_E_IO] = CPLE_FileIO,
        [IH_E_NUMERIC] = CPLE_AppDefined,
        [IH_E_UNSUPPORTED] = CPLE_NotSupported,
        [IH_E_CANCELLED] = CPLE_UserInterrupt,
    };
    bool known = (size_t)status < sizeof numbers / sizeof *numbers;

    if (status == IH_OK)
        return;
    CPLError(CE_Failure, known ? numbers[status] : CPLE_AppDefined, "%s",
             err && err->text[0] ? err->text : ih_status_text(status));
}
