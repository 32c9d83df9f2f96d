/* SPDX-License-Identifier: MIT
 *
 * Everything that is written from an option table: usage, help, manual page, completion.
 */
#include "utilities/lib/cli.h"

#include <stdint.h>
#include <string.h>

enum { LINE_WIDTH = 80, HELP_INDENT = 6, PARAGRAPH_INDENT = 0 };

static const char default_group[] = "Options";
static const char common_group[] = "Common";

/* Handled by ih_cli_begin for every program. */
static const ih_option common_options[] = {
    {.name = "q", .type = IH_OPTION_FLAG, .help = "Quiet: no progress on standard output."},
    {.name = "help", .type = IH_OPTION_FLAG, .help = "Show this help and exit."},
    {.name = "version", .type = IH_OPTION_FLAG, .help = "Show the version and exit."},
    {.name = "config",
     .metavar = "KEY VALUE",
     .type = IH_OPTION_STRING,
     .help = "Set a configuration option of GDAL, e.g. --config GDAL_NUM_THREADS 4."},
    {.name = "debug",
     .metavar = "on|off|CATEGORY",
     .type = IH_OPTION_STRING,
     .help = "Show debug messages; those of this software have the category IH."},
    {.name = "optfile",
     .metavar = "FILE",
     .type = IH_OPTION_STRING,
     .help = "Read further words of the command line from a file."},
    {.name = "formats", .type = IH_OPTION_FLAG, .help = "List the raster formats and exit."},
    {.name = NULL},
};

static const char *dashes(const ih_option *option)
{
    return option >= common_options &&
                   option < common_options + sizeof common_options / sizeof *common_options &&
                   strcmp(option->name, "q") != 0
               ? "--"
               : "-";
}

/* "-te XMIN YMIN XMAX YMAX", "-weight {a|b}" */
static void option_signature(const ih_option *option, char *text, size_t size)
{
    int length = snprintf(text, size, "%s%s", dashes(option), option->name);
    size_t used = length > 0 ? (size_t)length : 0;

    if (option->type == IH_OPTION_FLAG || used >= size)
        return;
    if (option->type != IH_OPTION_CHOICE || option->metavar) {
        snprintf(text + used, size - used, " %s", option->metavar ? option->metavar : "VALUE");
        return;
    }
    for (size_t i = 0; option->choices[i] && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i ? "|" : " {", option->choices[i]);
    if (used < size)
        snprintf(text + used, size - used, "}");
}

typedef struct {
    FILE *out;
    size_t column, indent;
} wrapped;

/* Adds a piece that must not be broken. */
static void wrap_piece(wrapped *w, const char *piece, size_t length)
{
    if (w->column > w->indent && w->column + 1 + length > LINE_WIDTH) {
        fprintf(w->out, "\n%*s", (int)w->indent, "");
        w->column = w->indent;
    } else if (w->column > w->indent) {
        fputc(' ', w->out);
        w->column++;
    }
    fwrite(piece, 1, length, w->out);
    w->column += length;
}

static void wrap_words(wrapped *w, const char *text, size_t length)
{
    const char *end = text + length;

    while (text < end) {
        size_t word = 0;

        while (text < end && (*text == ' ' || *text == '\n'))
            text++;
        while (text + word < end && text[word] != ' ' && text[word] != '\n')
            word++;
        if (word > 0)
            wrap_piece(w, text, word);
        text += word;
    }
}

static void write_paragraphs(const char *text, size_t indent, FILE *out)
{
    while (text && *text) {
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        wrapped w = {out, indent, indent};

        fprintf(out, "%*s", (int)indent, "");
        wrap_words(&w, text, length);
        fprintf(out, "\n%s", end ? "\n" : "");
        text = end ? end + 2 : NULL;
    }
}

static void write_synopsis(const ih_program *program, FILE *out)
{
    char signature[512], piece[520];
    wrapped w = {out, 0, 0};

    w.column = w.indent = (size_t)fprintf(out, "Usage: %s ", program->name);
    wrap_piece(&w, "[--help]", 8);
    wrap_piece(&w, "[--version]", 11);
    wrap_piece(&w, "[-q]", 4);
    for (const ih_option *o = program->options; o && o->name; o++) {
        int length;

        option_signature(o, signature, sizeof signature);
        length = snprintf(piece, sizeof piece, "[%s]%s", signature,
                          o->type == IH_OPTION_LIST ? "..." : "");
        wrap_piece(&w, piece, (size_t)length);
    }
    if (program->arguments)
        wrap_words(&w, program->arguments, strlen(program->arguments));
    fputc('\n', out);
}

static const char *group_of(const ih_option *option)
{
    return option->group ? option->group : default_group;
}

/* The heading appears in an earlier row. */
static bool group_was_written(const ih_program *program, const ih_option *option)
{
    for (const ih_option *o = program->options; o < option; o++)
        if (strcmp(group_of(o), group_of(option)) == 0)
            return true;
    return false;
}

static void write_option_plain(const ih_option *option, FILE *out)
{
    char signature[512];

    option_signature(option, signature, sizeof signature);
    fprintf(out, "  %s\n", signature);
    write_paragraphs(option->help, HELP_INDENT, out);
}

/* Text for Markdown: what would be markup is escaped, except inside `code`. */
static void write_escaped(const char *text, FILE *out)
{
    bool code = false;

    for (; text && *text; text++) {
        if (*text == '`')
            code = !code;
        else if (!code && strchr("*_<>|\\[]", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void write_option_markdown(const ih_option *option, FILE *out)
{
    char signature[512];

    option_signature(option, signature, sizeof signature);
    fprintf(out, "- `%s`%s: ", signature, option->type == IH_OPTION_LIST ? " (repeatable)" : "");
    write_escaped(option->help, out);
    fputc('\n', out);
}

typedef void (*option_writer)(const ih_option *option, FILE *out);

static void write_heading(const char *verb, const char *group, bool markdown, FILE *out)
{
    fprintf(out, "%s%s%s%s%s", markdown ? "### " : "", verb ? verb : "", verb ? ": " : "", group,
            markdown ? "\n\n" : ":\n");
}

static void write_common(bool markdown, FILE *out)
{
    write_heading(NULL, common_group, markdown, out);
    for (const ih_option *o = common_options; o->name; o++)
        (markdown ? write_option_markdown : write_option_plain)(o, out);
}

/* All options by group, in the order in which the groups appear first. verb stands before the
 * headings when it is not NULL. */
static void write_own_groups(const ih_program *program, const char *verb, bool markdown, FILE *out)
{
    option_writer write_option = markdown ? write_option_markdown : write_option_plain;

    for (const ih_option *head = program->options; head && head->name; head++) {
        if (group_was_written(program, head))
            continue;
        write_heading(verb, group_of(head), markdown, out);
        for (const ih_option *o = head; o->name; o++)
            if (strcmp(group_of(o), group_of(head)) == 0)
                write_option(o, out);
        fputc('\n', out);
    }
}

static void write_groups(const ih_program *program, bool markdown, FILE *out)
{
    write_own_groups(program, NULL, markdown, out);
    write_common(markdown, out);
}

static void write_habits(FILE *out)
{
    fprintf(out, "\nOptions take one or two dashes; -name=value is -name value.\n"
                 "Exit status: 0 done, 1 failed, 2 partly done.\n");
}

static void write_full(const ih_program *program, FILE *out)
{
    write_synopsis(program, out);
    fputc('\n', out);
    write_paragraphs(program->summary, PARAGRAPH_INDENT, out);
    if (program->description) {
        fputc('\n', out);
        write_paragraphs(program->description, PARAGRAPH_INDENT, out);
    }
    fputc('\n', out);
    write_groups(program, false, out);
    if (program->examples)
        fprintf(out, "\nExamples:\n%s\n", program->examples);
    write_habits(out);
}

static void write_completion_values(const ih_option *option, FILE *out)
{
    if (option->type == IH_OPTION_CHOICE) {
        fprintf(out, "    -%s|--%s)\n        words=\"", option->name, option->name);
        for (size_t i = 0; option->choices[i]; i++)
            fprintf(out, "%s%s", i ? " " : "", option->choices[i]);
        fprintf(out, "\" ;;\n");
    } else if (strcmp(option->name, "co") == 0) {
        fprintf(out, "    -co|--co)\n        words=\"COMPRESS= LEVEL= PREDICTOR= BLOCKSIZE= "
                     "BIGTIFF= OVERVIEWS= NUM_THREADS=\" ;;\n");
    } else if (strcmp(option->name, "of") == 0) {
        fprintf(out, "    -of|--of)\n        words=\"COG GTiff netCDF\" ;;\n");
    } else if (option->type == IH_OPTION_NUMBER || option->type == IH_OPTION_INTEGER ||
               option->type == IH_OPTION_MEMORY) {
        fprintf(out, "    -%s|--%s)\n        return ;;\n", option->name, option->name);
    } else if (option->type != IH_OPTION_FLAG) {
        fprintf(out,
                "    -%s|--%s)\n        COMPREPLY=($(compgen -f -- \"$current\"))\n"
                "        return ;;\n",
                option->name, option->name);
    }
}

/* The body of a completion function. bash splits words at '=', so "-name=val" arrives as three
 * words. */
static void write_completion_body(const ih_program *program, FILE *out)
{
    fprintf(out, "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
                 "words=\"\"\n"
                 "    COMPREPLY=()\n"
                 "    if [[ $current == \"=\" ]]; then\n"
                 "        current=\"\"\n"
                 "    elif [[ $previous == \"=\" ]]; then\n"
                 "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    fi\n"
                 "    case \"$previous\" in\n");
    for (const ih_option *o = program->options; o && o->name; o++)
        write_completion_values(o, out);
    fprintf(out, "    esac\n"
                 "    if [[ -z $words && $current == -* ]]; then\n"
                 "        words=\"");
    for (const ih_option *o = program->options; o && o->name; o++)
        fprintf(out, "-%s ", o->name);
    for (const ih_option *o = common_options; o->name; o++)
        fprintf(out, "%s%s%s", o == common_options ? "" : " ", dashes(o), o->name);
    fprintf(out, "\"\n"
                 "        if [[ $current == --* ]]; then\n"
                 "            words=\" $words\"; words=${words// --/ -}; words=${words// -/ --}\n"
                 "        fi\n"
                 "    fi\n"
                 "    if [[ -n $words ]]; then\n"
                 "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                 "    fi\n"
                 "}\n");
}

static void write_completion_head(const char *name, FILE *out)
{
    fprintf(out, "# bash completion for %s, generated by %s --help-completion\n", name, name);
}

static void write_completion_tail(const char *name, FILE *out)
{
    fprintf(out, "complete -o bashdefault -o default -F _%s %s\n", name, name);
}

static void write_completion(const ih_program *program, FILE *out)
{
    write_completion_head(program->name, out);
    fprintf(out, "_%s()\n{\n", program->name);
    write_completion_body(program, out);
    write_completion_tail(program->name, out);
}

/* A function per verb, and one that calls it or offers the verbs. */
static void write_verb_completion(const ih_verb_program *program, FILE *out)
{
    static const ih_option none[] = {{.name = NULL}};
    const ih_program whole = {.name = program->name, .options = none};

    write_completion_head(program->name, out);
    for (size_t i = 0; program->verbs[i]; i++) {
        fprintf(out, "_%s_%s()\n{\n", program->name, ih_cli_verb_name(program->verbs[i]));
        write_completion_body(program->verbs[i], out);
    }
    fprintf(out, "_%s_()\n{\n", program->name);
    write_completion_body(&whole, out);
    fprintf(out,
            "_%s()\n{\n    if [[ $COMP_CWORD -gt 1 ]]; then\n        case "
            "\"${COMP_WORDS[1]}\" in\n",
            program->name);
    for (size_t i = 0; program->verbs[i]; i++)
        fprintf(out, "        %s) _%s_%s ;;\n", ih_cli_verb_name(program->verbs[i]), program->name,
                ih_cli_verb_name(program->verbs[i]));
    fprintf(out,
            "        esac\n    elif [[ ${COMP_WORDS[1]} == -* ]]; then\n        _%s_\n    else\n"
            "        COMPREPLY=($(compgen -W \"",
            program->name);
    for (size_t i = 0; program->verbs[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", ih_cli_verb_name(program->verbs[i]));
    fprintf(out, "\" -- \"${COMP_WORDS[1]}\"))\n    fi\n}\n");
    write_completion_tail(program->name, out);
}

void ih_cli_write_help(const ih_program *program, ih_help_form form, FILE *out)
{
    switch (form) {
    case IH_HELP_SYNOPSIS:
        write_synopsis(program, out);
        break;
    case IH_HELP_FULL:
        write_full(program, out);
        break;
    case IH_HELP_MARKDOWN:
        write_groups(program, true, out);
        break;
    case IH_HELP_COMPLETION:
        write_completion(program, out);
        break;
    }
}

const char *ih_cli_verb_name(const ih_program *verb)
{
    const char *blank = strrchr(verb->name, ' ');

    return blank ? blank + 1 : verb->name;
}

static void write_verbs(const ih_verb_program *program, FILE *out)
{
    fprintf(out, "Usage: %s VERB [options] ...\n       %s VERB --help\n\n", program->name,
            program->name);
    write_paragraphs(program->summary, PARAGRAPH_INDENT, out);
    if (program->description) {
        fputc('\n', out);
        write_paragraphs(program->description, PARAGRAPH_INDENT, out);
    }
    fprintf(out, "\nVerbs:\n");
    for (size_t i = 0; program->verbs[i]; i++) {
        fprintf(out, "  %s\n", ih_cli_verb_name(program->verbs[i]));
        write_paragraphs(program->verbs[i]->summary, HELP_INDENT, out);
    }
    fputc('\n', out);
    write_common(false, out);
    if (program->examples)
        fprintf(out, "\nExamples:\n%s\n", program->examples);
    write_habits(out);
}

void ih_cli_write_verb_help(const ih_verb_program *program, ih_help_form form, FILE *out)
{
    switch (form) {
    case IH_HELP_SYNOPSIS:
        fprintf(out, "Usage: %s VERB [options] ...\n", program->name);
        break;
    case IH_HELP_FULL:
        write_verbs(program, out);
        break;
    case IH_HELP_MARKDOWN:
        for (size_t i = 0; program->verbs[i]; i++)
            write_own_groups(program->verbs[i], ih_cli_verb_name(program->verbs[i]), true, out);
        write_common(true, out);
        break;
    case IH_HELP_COMPLETION:
        write_verb_completion(program, out);
        break;
    }
}
