/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/product_name.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DIGITS       "0123456789"
#define HEXADECIMALS DIGITS "ABCDEFabcdef"
#define UPPER        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER        "abcdefghijklmnopqrstuvwxyz"

/* What a field of a name means; UNUSED fields are checked and forgotten. */
enum meaning {
    UNUSED,
    PLATFORM,
    DATE,
    TIME,
    POLARIZATION,
    CO_POLARIZATION,
    POLARIZATION_LETTER,
    SPACING,
    MASK,
    GAMMA_SWATH,
    SWATH,
    ORBIT,
    BURST,
    BURST_COUNT,
    ABSOLUTE_ORBIT,
    ID
};

/* A field takes as many characters of its set as there are, up to the maximum. Every field of
 * variable length is followed by a character outside its set, so matching never has to go back. */
static const struct field {
    const char *name;
    const char *set;
    size_t minimum, maximum;
    enum meaning meaning;
} fields[] = {
    {"plat", "ABCD", 1, 1, PLATFORM},
    {"date", DIGITS, 8, 8, DATE},
    {"time", DIGITS, 6, 6, TIME},
    {"end", DIGITS, 6, 8, UNUSED},
    {"pol", "HV", 2, 2, POLARIZATION},
    {"copol", "HV", 2, 2, CO_POLARIZATION},
    {"pols", "HV", 2, 4, POLARIZATION},
    {"p", "HV", 1, 1, POLARIZATION_LETTER},
    {"number", "SD", 1, 1, UNUSED},
    {"orb", "PRO", 1, 1, UNUSED},
    {"days", DIGITS, 3, 4, UNUSED},
    {"n", DIGITS, 1, 4, UNUSED},
    {"px", DIGITS, 2, 3, SPACING},
    {"looks", DIGITS "x", 1, 8, UNUSED},
    {"mask", "uw", 1, 1, MASK},
    {"area", "ec", 1, 1, UNUSED},
    {"swaths", "123F", 1, 1, GAMMA_SWATH},
    {"swath", "123", 1, 1, SWATH},
    {"orbit", DIGITS, 3, 3, ORBIT},
    {"burst", DIGITS, 6, 6, BURST},
    {"first", DIGITS, 6, 6, UNUSED},
    {"count", DIGITS, 2, 2, BURST_COUNT},
    {"absolute", DIGITS, 6, 6, ABSOLUTE_ORBIT},
    {"take", HEXADECIMALS, 6, 6, UNUSED},
    {"gid", HEXADECIMALS, 4, 4, UNUSED},
    {"id", HEXADECIMALS, 4, 4, ID},
    {"ew", "EW", 1, 1, UNUSED},
    {"ns", "NS", 1, 1, UNUSED},
    {"d1", DIGITS, 1, 1, UNUSED},
    {"d2", DIGITS, 2, 2, UNUSED},
    {"d3", DIGITS, 3, 3, UNUSED},
    {"d4", DIGITS, 4, 4, UNUSED},
    {"mode", UPPER DIGITS, 2, 2, UNUSED},
    {"ppo", UPPER, 3, 3, UNUSED},
    {"flags", LOWER, 6, 6, UNUSED},
};

#define DATES         "<date>_<date>"
#define TAIL          "_INT<px>_<id>"
#define SLC           "S1<plat>_IW_SLC__1S<number><p>_<date>T<time>_<end>T<end>_<absolute>_<take>_<gid>"
#define BURST_GRANULE "S1_<burst>_IW<swath>_<date>T<time>_<pol>_<gid>-BURST"
#define LON           "_<ew><d3>_<d1>"
#define LAT           "_<ns><d2>_<d1>"
#define V1            "S1<plat><plat>-<date>T<time>-<date>T<time>-<pols>-"

/* In order of trial. Outside <> every character stands for itself. */
static const struct form {
    enum ih_product_kind kind;
    const char *pattern;
} forms[] = {
    {IH_PRODUCT_GAMMA, "S1<plat><plat>_<date>T<time>_<date>T<time>_<pol><orb><days>_INT<px>_G_"
                       "<mask><area><swaths>_<id>"},
    {IH_PRODUCT_MULTI_BURST,
     "S1_<orbit>_<first>s1n<count>-<first>s2n<count>-<first>s3n<count>_IW_" DATES "_<copol>" TAIL},
    {IH_PRODUCT_BURST, "S1_<burst>_IW<swath>_" DATES "_<pol>" TAIL},
    {IH_PRODUCT_MERGED, "S1_<orbit>__" DATES "_<copol>" TAIL},
    {IH_PRODUCT_CORNER, "S1<plat>_<orbit>" LON LAT LON LAT "_" DATES "_<copol>" TAIL},
    {IH_PRODUCT_GRANULES, BURST_GRANULE "x" BURST_GRANULE},
    {IH_PRODUCT_GRANULES, SLC "x" SLC},
    {IH_PRODUCT_GAMMA_V1, V1 "POEORB-<n>d-<looks>-int-gamma"},
    {IH_PRODUCT_GAMMA_V1, V1 "RESORB-<n>d-<looks>-int-gamma"},
    {IH_PRODUCT_GAMMA_V1, V1 "PREDORB-<n>d-<looks>-int-gamma"},
};

/* Products of the same service that are not interferograms. */
static const struct other {
    const char *pattern;
    bool anywhere; /* else at the start of the name */
    const char *what;
} others[] = {
    {"WATER_MAP", true, "water or flood map"},
    {"_WM.tif", true, "water or flood map"},
    {"_FM.tif", true, "water or flood map"},
    {"S1<plat>_<mode>_<date>T<time>_<ppo>_RTC<px>_G_<flags>_<id>", false, "RTC"},
    {"S1-GUNW-", false, "ARIA GUNW"},
    {"_G<d4>V<d2>_P<d3>", true, "autoRIFT"},
    {"OPERA_L", false, "OPERA"},
};

/* What has been seen of a name while it is matched. */
struct reading {
    ih_product_name *name;
    size_t n_dates, n_times, n_platforms, n_subswaths;
    long burst, absolute_orbit;
};

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

bool ih_date_to_days(const char *yyyymmdd, long *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    long year, month, day, value, past;
    bool leap;

    if (!yyyymmdd || strspn(yyyymmdd, DIGITS) != 8 || yyyymmdd[8] != '\0')
        return false;
    value = strtol(yyyymmdd, NULL, 10);
    year = value / 10000;
    month = value / 100 % 100;
    day = value % 100;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > lengths[month - 1] + (leap && month == 2))
        return false;

    past = year - 1; /* whole years since 0001-01-01, which is day -719162 */
    if (days)
        *days = past * 365 + past / 4 - past / 100 + past / 400 + before[month - 1] +
                (leap && month > 2) + day - 1 - 719162;
    return true;
}

int ih_relative_orbit(char platform, long absolute_orbit)
{
    long shift;

    switch (platform) {
    case 'A':
        shift = 73;
        break;
    case 'B':
        shift = 27;
        break;
    case 'C':
        /* A manoeuvre after orbit 8018 moved the satellite along the cycle. */
        shift = absolute_orbit <= 8018 ? 172 : 99;
        break;
    case 'D':
        shift = 42;
        break;
    default:
        return 0;
    }
    if (absolute_orbit < 1)
        return 0;
    return (int)((absolute_orbit % 175 + 175 - shift) % 175) + 1;
}

int ih_relative_orbit_of_burst(long burst_number)
{
    const double burst_interval_s = 2.758273, orbit_s = 5924.5714;
    const long last_burst = 375887; /* of the 175 orbits of a cycle */

    if (burst_number < 1 || burst_number > last_burst)
        return 0;
    return (int)((double)(burst_number - 1) * burst_interval_s / orbit_s) + 1;
}

static bool store_date(struct reading *reading, const char *text)
{
    char *date =
        reading->n_dates == 0 ? reading->name->reference_date : reading->name->secondary_date;

    if (reading->n_dates++ > 1)
        return false;
    memcpy(date, text, 8);
    date[8] = '\0';
    return ih_date_to_days(date, NULL);
}

static bool store_time(struct reading *reading, const char *text)
{
    char *time =
        reading->n_times == 0 ? reading->name->reference_time : reading->name->secondary_time;

    if (reading->n_times++ > 1)
        return false;
    memcpy(time, text, 6);
    time[6] = '\0';
    /* A leap second is legal. */
    return memcmp(text, "24", 2) < 0 && text[2] < '6' &&
           (text[4] < '6' || memcmp(text + 4, "60", 2) == 0);
}

static void add_swath(ih_product_name *name, char swath)
{
    size_t n = strlen(name->swaths);

    if (n + 1 < sizeof name->swaths && !strchr(name->swaths, swath)) {
        name->swaths[n] = swath;
        name->swaths[n + 1] = '\0';
    }
}

/* Takes what a field says; false when its value is impossible. The text is followed by other
 * characters of the name, so numbers are read from a copy. */
static bool store(struct reading *reading, enum meaning meaning, const char *text, size_t length)
{
    ih_product_name *name = reading->name;
    char copy[16] = "";
    long number;

    memcpy(copy, text, length < sizeof copy ? length : sizeof copy - 1);
    number = strtol(copy, NULL, 10);
    switch (meaning) {
    case PLATFORM:
        if (reading->n_platforms < 2)
            name->platforms[reading->n_platforms++] = text[0];
        return true;
    case DATE:
        return store_date(reading, text);
    case TIME:
        return store_time(reading, text);
    case CO_POLARIZATION:
        if (text[0] != text[1])
            return false;
        memcpy(name->polarization, text, 2);
        return true;
    case POLARIZATION:
        memcpy(name->polarization, text, 2);
        return true;
    case POLARIZATION_LETTER:
        memset(name->polarization, text[0], 2);
        return true;
    case SPACING:
        name->pixel_spacing_m = (int)number;
        return number > 0;
    case MASK:
        name->water_masked = text[0] == 'w';
        return true;
    case GAMMA_SWATH:
        memcpy(name->swaths, text[0] == 'F' ? "123" : copy, text[0] == 'F' ? 3 : 1);
        return true;
    case SWATH:
        add_swath(name, text[0]);
        return true;
    case ORBIT:
        name->relative_orbit = number <= 175 ? (int)number : 0;
        return true;
    case BURST:
        reading->burst = number;
        return true;
    case BURST_COUNT:
        reading->n_subswaths++;
        if (number > 0)
            add_swath(name, (char)('0' + reading->n_subswaths));
        return true;
    case ABSOLUTE_ORBIT:
        if (reading->absolute_orbit == 0)
            reading->absolute_orbit = number;
        return true;
    case ID:
        memcpy(name->id, text, 4);
        return true;
    case UNUSED:
        break;
    }
    return true;
}

static const struct field *field_of(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if (strlen(fields[i].name) == length && memcmp(fields[i].name, name, length) == 0)
            return &fields[i];
    return NULL;
}

/* Length of the start of text that fits the pattern, 0 when none does. reading may be NULL. */
static size_t match(const char *pattern, const char *text, struct reading *reading)
{
    const char *start = text;

    while (*pattern) {
        if (*pattern == '<') {
            size_t name_length = strcspn(pattern + 1, ">"), length = 0;
            const struct field *field = field_of(pattern + 1, name_length);

            if (!field)
                return 0;
            while (length < field->maximum && is_one_of(text[length], field->set))
                length++;
            if (length < field->minimum)
                return 0;
            if (reading && !store(reading, field->meaning, text, length))
                return 0;
            text += length;
            pattern += name_length + 2;
        } else if (*pattern++ != *text++) {
            return 0;
        }
    }
    return (size_t)(text - start);
}

static bool is_alphanumeric(char c)
{
    return is_one_of(c, UPPER LOWER DIGITS);
}

bool ih_product_name_parse(const char *text, ih_product_name *out)
{
    if (!out)
        return false;
    memset(out, 0, sizeof *out);
    if (!text || strnlen(text, IH_PRODUCT_NAME_MAX + 1) > IH_PRODUCT_NAME_MAX)
        return false;

    for (size_t i = 0; i < COUNT(forms); i++) {
        struct reading reading = {.name = out};
        size_t length;

        memset(out, 0, sizeof *out);
        out->water_masked = -1;
        length = match(forms[i].pattern, text, &reading);
        /* "_4D09_clip" is a changed name, "_4D09F" is none. */
        if (length == 0 || is_alphanumeric(text[length]))
            continue;
        if (reading.burst > 0)
            out->relative_orbit = ih_relative_orbit_of_burst(reading.burst);
        if (reading.absolute_orbit > 0)
            out->relative_orbit = ih_relative_orbit(out->platforms[0], reading.absolute_orbit);
        out->kind = forms[i].kind;
        memcpy(out->name, text, length);
        return true;
    }
    memset(out, 0, sizeof *out);
    return false;
}

static bool fits_other(const struct other *other, const char *text)
{
    if (!other->anywhere)
        return match(other->pattern, text, NULL) > 0;
    for (; *text; text++)
        if (match(other->pattern, text, NULL) > 0)
            return true;
    return false;
}

bool ih_product_name_is_other(const char *text, const char **what)
{
    ih_product_name name;

    if (!text || strnlen(text, IH_PRODUCT_NAME_MAX + 1) > IH_PRODUCT_NAME_MAX ||
        ih_product_name_parse(text, &name))
        return false;
    for (size_t i = 0; i < COUNT(others); i++) {
        if (fits_other(&others[i], text)) {
            if (what)
                *what = others[i].what;
            return true;
        }
    }
    return false;
}
