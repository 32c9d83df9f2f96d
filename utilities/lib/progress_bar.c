/* SPDX-License-Identifier: MIT
 *
 * The progress bar of all programs, in GDAL's manner, with the time left of slow stages.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utilities/lib/cli.h"

enum { PROGRESS_TICKS = 40, TICKS_PER_NUMBER = 4 };

/* Seconds a stage has to last before its end is worth estimating, and between estimates that stay
 * in a log. */
#define SLOW_STAGE_S 5.0
#define LOG_REMARK_S 60.0
/* Below this share an estimate is a guess. */
#define LEAST_SHARE 0.01

/* A stage that falls back by more has begun again. */
#define RESTART_SHARE 0.05

static double monotonic_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_now(const ih_cli_progress *p)
{
    return p->clock ? p->clock() : monotonic_seconds();
}

/* "40 s", "12 min", "3 h 5 min". */
static void duration_text(double seconds, char *text, size_t size)
{
    double minutes = rint(seconds / 60.0);

    if (seconds < 59.5)
        snprintf(text, size, "%.0f s", seconds);
    else if (minutes < 60.0)
        snprintf(text, size, "%.0f min", minutes);
    else
        snprintf(text, size, "%.0f h %.0f min", floor(minutes / 60.0), fmod(minutes, 60.0));
}

/* Takes the estimate off the screen, leaving the cursor behind the bar. */
static void erase_estimate(ih_cli_progress *p)
{
    for (const char *c = p->estimate; *c; c++)
        ih_cli_print(" ");
    for (const char *c = p->estimate; *c; c++)
        ih_cli_print("\b");
    p->estimate[0] = '\0';
}

static void begin_stage(ih_cli_progress *p, const char *what)
{
    erase_estimate(p);
    if (p->tick > 0 && p->tick <= PROGRESS_TICKS)
        ih_cli_print("\n");
    snprintf(p->stage, sizeof p->stage, "%s", what);
    p->tick = 0;
    p->done = 0.0;
    p->began_s = p->said_s = seconds_now(p);
    ih_cli_print(p->stage);
    ih_cli_print("\n");
}

static void end_stage(const ih_cli_progress *p)
{
    double elapsed = seconds_now(p) - p->began_s;
    char time[32];

    if (elapsed < SLOW_STAGE_S) {
        ih_cli_print(" - done.\n");
        return;
    }
    duration_text(elapsed, time, sizeof time);
    ih_cli_print(" - done in ");
    ih_cli_print(time);
    ih_cli_print(".\n");
}

/* Seconds to the end of the stage, taking it to be as fast as so far; NaN when that is no more than
 * a guess. */
static double seconds_left(const ih_cli_progress *p, double now)
{
    double elapsed = now - p->began_s;

    if (elapsed < SLOW_STAGE_S || p->done < LEAST_SHARE || p->done >= 1.0)
        return (double)NAN;
    return elapsed * (1.0 - p->done) / p->done;
}

/* On a terminal behind the bar, in place, at most once a second. */
static void show_estimate(ih_cli_progress *p)
{
    double now = seconds_now(p), left = seconds_left(p, now);
    char time[32], text[sizeof p->estimate];

    if (isnan(left) || (p->estimate[0] && now - p->said_s < 1.0))
        return;
    duration_text(left, time, sizeof time);
    snprintf(text, sizeof text, " %s left", time);
    p->said_s = now;
    if (strcmp(text, p->estimate) == 0)
        return;
    erase_estimate(p);
    snprintf(p->estimate, sizeof p->estimate, "%s", text);
    ih_cli_print(text);
    for (const char *c = text; *c; c++)
        ih_cli_print("\b");
}

/* In a file between the numbers of the bar, at most once a minute: a log has no place to return
 * to. */
static void log_estimate(ih_cli_progress *p)
{
    double now = seconds_now(p), left = seconds_left(p, now);
    char time[32];

    if (isnan(left) || now - p->said_s < LOG_REMARK_S)
        return;
    p->said_s = now;
    duration_text(left, time, sizeof time);
    ih_cli_print(" (");
    ih_cli_print(time);
    ih_cli_print(" left) ");
}

static void advance_bar(ih_cli_progress *p, int tick)
{
    if (p->tick <= tick)
        erase_estimate(p);
    for (; p->tick <= tick; p->tick++) {
        char number[16] = ".";

        if (p->tick % TICKS_PER_NUMBER == 0)
            snprintf(number, sizeof number, "%d", p->tick / TICKS_PER_NUMBER * 10);
        ih_cli_print(number);
        if (p->tick == PROGRESS_TICKS)
            end_stage(p);
        else if (p->tick % TICKS_PER_NUMBER == 0 && !p->terminal)
            log_estimate(p);
    }
}

int ih_cli_show_progress(double done, const char *what, void *data)
{
    ih_cli_progress *p = data;

    if (ih_cli_interrupted()) {
        ih_cli_end_progress(p);
        return 0;
    }
    if (!p || p->quiet)
        return 1;
    if (what &&
        (strncmp(what, p->stage, sizeof p->stage - 1) != 0 || done < p->done - RESTART_SHARE)) {
        p->terminal = isatty(STDOUT_FILENO);
        begin_stage(p, what);
    }
    p->done = fmax(p->done, done);
    advance_bar(p, done >= 1.0 ? PROGRESS_TICKS : done > 0.0 ? (int)(done * PROGRESS_TICKS) : 0);
    if (p->terminal && p->tick <= PROGRESS_TICKS)
        show_estimate(p);
    ih_cli_flush();
    return 1;
}

void ih_cli_end_progress(ih_cli_progress *p)
{
    if (!p || p->quiet || p->tick == 0 || p->tick > PROGRESS_TICKS)
        return;
    erase_estimate(p);
    ih_cli_print("\n");
    p->tick = PROGRESS_TICKS + 1;
    ih_cli_flush();
}

int ih_cli_fail(ih_cli_progress *progress, ih_status status, const ih_error *err)
{
    ih_cli_end_progress(progress);
    ih_cli_report(status, err);
    return IH_EXIT_FAILED;
}

int ih_cli_finish(const ih_cli *cli, ih_cli_progress *progress, ih_status status,
                  const ih_error *err, const ih_cli_outcome *outcome)
{
    const char *text = outcome->as_json ? outcome->json : cli->quiet ? NULL : outcome->summary;

    if (status != IH_OK)
        return ih_cli_fail(progress, status, err);
    if (text && *text) {
        ih_cli_print(text);
        if (text[strlen(text) - 1] != '\n')
            ih_cli_print("\n");
    }
    return ih_cli_finish_output(outcome->partly ? IH_EXIT_PARTLY : IH_EXIT_DONE);
}
