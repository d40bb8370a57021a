/* The words for the closed lists of seechange.h. */
#include "include/seechange.h"

static const char *const kinds[SC_N_KINDS] = {
    [SC_APPEAR] = "appear", [SC_DISAPPEAR] = "disappear", [SC_MOVE] = "move", [SC_TEXT] = "text",
    [SC_SCROLL] = "scroll", [SC_TYPING] = "typing", [SC_CUT] = "cut", [SC_DISSOLVE] = "dissolve", [SC_FADE] = "fade",
    [SC_WIPE] = "wipe", [SC_LIGHT] = "light", [SC_FLASH] = "flash", [SC_CAMERA] = "camera",
    [SC_REPEATING] = "repeating", [SC_FREEZE] = "freeze", [SC_BLACK] = "black", [SC_BLANK] = "blank",
    [SC_OTHER] = "other",
};

static const char *const roles[SC_N_ROLES] = {
    [SC_FIRST] = "first", [SC_BEFORE] = "before", [SC_PEAK] = "peak", [SC_AFTER] = "after",
    [SC_CONTEXT] = "context", [SC_LAST] = "last",
};

static const char *const profiles[] = {
    [SC_PROFILE_AUTO] = "auto", [SC_PROFILE_CAMERA] = "camera", [SC_PROFILE_SCREEN] = "screen",
    [SC_PROFILE_FILM] = "film",
};

const char *sc_profile_name(enum sc_profile profile)
{
    return (unsigned)profile < sizeof profiles / sizeof *profiles ? profiles[profile] : "auto";
}

const char *sc_kind_name(enum sc_kind kind)
{
    return (unsigned)kind < SC_N_KINDS ? kinds[kind] : "other";
}

const char *sc_role_name(enum sc_role role)
{
    return (unsigned)role < SC_N_ROLES ? roles[role] : "context";
}

const char *sc_unscouted_text(enum sc_unscouted why)
{
    static const char *const texts[] = {
        [SC_SCOUTED] = "",
        [SC_TOO_SHORT] = "it is shorter than a minute",
        [SC_WITHOUT_TIMES] = "its packets have no times of their own",
        [SC_WITHOUT_KEYS] = "it has next to no key pictures",
        [SC_CONSTANT_RATE] = "its bit rate is constant, so the sizes of packets say nothing",
        [SC_SMALL_KEYS] = "its key pictures are no larger than others, as with intra refresh",
    };

    return (unsigned)why < SC_N_UNSCOUTED ? texts[why] : "";
}
