/* Which calls undo each other, told from their names: AWS names them in pairs (API references of the
 * services). The pair of AddPermission is RemovePermission, of AttachRolePolicy DetachRolePolicy, of
 * AddUserToGroup RemoveUserFromGroup. */
#include "verbs.h"

#define V(text)                                                                                              \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }

enum verb {
    ACTIVATE,
    ADD,
    ALLOCATE,
    ALLOW,
    ASSIGN,
    ASSOCIATE,
    ATTACH,
    AUTHORIZE,
    CANCEL,
    CREATE,
    DEACTIVATE,
    DELETE,
    DENY,
    DEREGISTER,
    DETACH,
    DISABLE,
    DISASSOCIATE,
    ENABLE,
    ENTER,
    EXIT,
    GRANT,
    IMPORT,
    LOCK,
    MONITOR,
    MOUNT,
    PUT,
    REGISTER,
    RELEASE,
    REMOVE,
    RESTORE,
    RESUME,
    RETIRE,
    REVOKE,
    RUN,
    SCHEDULE,
    SET,
    START,
    STOP,
    SUBSCRIBE,
    SUSPEND,
    TAG,
    TERMINATE,
    UNASSIGN,
    UNLOCK,
    UNMONITOR,
    UNMOUNT,
    UNSET,
    UNSUBSCRIBE,
    UNTAG,
    UPLOAD,
    N_VERBS
};
_Static_assert((int)N_VERBS <= (int)NO_VERB, "a verb would be none");

static const tl_str names[N_VERBS] = {
    [ACTIVATE] = V("Activate"),
    [ADD] = V("Add"),
    [ALLOCATE] = V("Allocate"),
    [ALLOW] = V("Allow"),
    [ASSIGN] = V("Assign"),
    [ASSOCIATE] = V("Associate"),
    [ATTACH] = V("Attach"),
    [AUTHORIZE] = V("Authorize"),
    [CANCEL] = V("Cancel"),
    [CREATE] = V("Create"),
    [DEACTIVATE] = V("Deactivate"),
    [DELETE] = V("Delete"),
    [DENY] = V("Deny"),
    [DEREGISTER] = V("Deregister"),
    [DETACH] = V("Detach"),
    [DISABLE] = V("Disable"),
    [DISASSOCIATE] = V("Disassociate"),
    [ENABLE] = V("Enable"),
    [ENTER] = V("Enter"),
    [EXIT] = V("Exit"),
    [GRANT] = V("Grant"),
    [IMPORT] = V("Import"),
    [LOCK] = V("Lock"),
    [MONITOR] = V("Monitor"),
    [MOUNT] = V("Mount"),
    [PUT] = V("Put"),
    [REGISTER] = V("Register"),
    [RELEASE] = V("Release"),
    [REMOVE] = V("Remove"),
    [RESTORE] = V("Restore"),
    [RESUME] = V("Resume"),
    [RETIRE] = V("Retire"),
    [REVOKE] = V("Revoke"),
    [RUN] = V("Run"),
    [SCHEDULE] = V("Schedule"),
    [SET] = V("Set"),
    [START] = V("Start"),
    [STOP] = V("Stop"),
    [SUBSCRIBE] = V("Subscribe"),
    [SUSPEND] = V("Suspend"),
    [TAG] = V("Tag"),
    [TERMINATE] = V("Terminate"),
    [UNASSIGN] = V("Unassign"),
    [UNLOCK] = V("Unlock"),
    [UNMONITOR] = V("Unmonitor"),
    [UNMOUNT] = V("Unmount"),
    [UNSET] = V("Unset"),
    [UNSUBSCRIBE] = V("Unsubscribe"),
    [UNTAG] = V("Untag"),
    [UPLOAD] = V("Upload"),
};

/* A verb's first row says what mostly undoes it. */
static const struct {
    uint8_t does, undoes;
    bool works;
} pairs[] = {
    {AUTHORIZE, REVOKE, false},
    {GRANT, REVOKE, false},
    {PUT, DELETE, false},
    {CREATE, DELETE, false},
    {IMPORT, DELETE, false},
    {RESTORE, DELETE, false},
    {UPLOAD, DELETE, false},
    {ATTACH, DETACH, false},
    {ENABLE, DISABLE, false},
    {ADD, REMOVE, false},
    {ASSOCIATE, DISASSOCIATE, false},
    {START, STOP, true},
    {RUN, TERMINATE, true},
    {TAG, UNTAG, false},
    {REGISTER, DEREGISTER, true},
    {ACTIVATE, DEACTIVATE, false},
    {SUBSCRIBE, UNSUBSCRIBE, false},
    {SUSPEND, RESUME, true},
    {ENTER, EXIT, true},
    {ALLOW, DENY, false},
    {LOCK, UNLOCK, false},
    {ALLOCATE, RELEASE, true},
    {ASSIGN, UNASSIGN, true},
    {MOUNT, UNMOUNT, true},
    {MONITOR, UNMONITOR, false},
    {SET, UNSET, false},
    {SCHEDULE, CANCEL, false},
    {ADD, DELETE, false},
    {PUT, REMOVE, false},
    {SET, REMOVE, false},
    {SET, DELETE, false},
    {CREATE, REVOKE, false},
    {CREATE, RETIRE, false},
    {CREATE, CANCEL, false},
};

/* What is attached is in use here and there; policies are not. */
static const char *const works[] = {"AttachVolume",           "DetachVolume",    "AttachNetworkInterface",
                                    "DetachNetworkInterface", "AttachInstances", "DetachInstances"};

/* Verbs of calls that set something, and so do nothing when they are repeated; calls that make something new
 * each time (Create, Start, Run, Send, Upload ...) are work. */
static const char *const setting[] = {"Put",     "Set",       "Update",       "Modify", "Attach",  "Detach",
                                      "Add",     "Remove",    "Authorize",    "Revoke", "Grant",   "Enable",
                                      "Disable", "Associate", "Disassociate", "Tag",    "Untag",   "Replace",
                                      "Reset",   "Apply",     "Change",       "Delete", "Restore", "Rotate",
                                      "Stop",    "Suspend",   "Resume",       "Switch", "Cancel"};

/* These too, though their verbs mostly make something new. */
static const char *const setting_all_the_same[] = {"CreateTags",     "CreateOrUpdateTags", "StartLogging",
                                                   "StartInstances", "StartDBInstance",    "StartDBCluster"};

static const char *const replacing[] = {"Put", "Set", "Update", "Modify", "Replace"};

/* Capacity goes up and down: that is what it is for. */
static const char *const scaling[] = {
    "*Capacity*",   "*Throughput*",         "*Scal*",        "*ReplicaCount*",
    "*ShardCount*", "*ShardConfiguration*", "*Concurrency*",
};

/* They set it, or other things: their members tell. */
static const char *const may_scale[] = {
    "UpdateAutoScalingGroup", "UpdateService", "UpdateTable",
    "UpdateNodegroupConfig",  "ModifyFleet",   "ModifySpotFleetRequest",
};

#define N(array) (sizeof(array) / sizeof *(array))

/* Whether the text starts with the word, and the word ends there. */
static bool has_word(tl_str s, tl_str word)
{
    return tl_str_starts(s, word) && (s.n == word.n || s.p[word.n] < 'a' || s.p[word.n] > 'z');
}

static bool has_any_verb(tl_str action, const char *const *verbs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_word(action, tl_str_from(verbs[i])))
            return true;
    return false;
}

static bool is_any(tl_str action, const char *const *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tl_str_glob(tl_str_from(patterns[i]), action))
            return true;
    return false;
}

static uint8_t verb_of(tl_str action)
{
    for (unsigned v = 0; v < N_VERBS; v++)
        if (has_word(action, names[v]))
            return (uint8_t)v;
    return NO_VERB;
}

/* The bytes of a word that goes with the direction (AddRoleToInstanceProfile, RemoveRoleFromInstanceProfile)
 * at the start of the text; 0 without one. */
static size_t direction(tl_str s)
{
    static const tl_str words[] = {V("To"), V("From"), V("With")};
    for (size_t i = 0; i < N(words); i++)
        if (has_word(s, words[i]))
            return words[i].n;
    return 0;
}

static uint64_t mix(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * 1099511628211u; /* as FNV-1a does */
}

static uint64_t noun_of(tl_str service, tl_str rest)
{
    uint64_t hash = mix(tl_str_hash(service), ':');
    while (rest.n) {
        size_t skip = direction(rest);
        if (!skip)
            hash = mix(hash, (unsigned char)*rest.p);
        rest = tl_str_sub(rest, skip ? skip : 1, rest.n);
    }
    return hash;
}

struct verbs verbs_of(tl_str service, tl_str action)
{
    bool may = is_any(action, may_scale, N(may_scale));
    struct verbs u = {.verb = verb_of(action),
                      .sets = has_any_verb(action, setting, N(setting)) ||
                              is_any(action, setting_all_the_same, N(setting_all_the_same)),
                      .scales = may,
                      .replaces = has_any_verb(action, replacing, N(replacing)) &&
                                  (may || !is_any(action, scaling, N(scaling))),
                      .works = is_any(action, works, N(works))};
    u.restores = u.verb == NO_VERB || u.verb == PUT || u.verb == SET;
    if (u.verb == NO_VERB)
        return u;
    u.noun = noun_of(service, tl_str_sub(action, names[u.verb].n, action.n));
    size_t row = 0; /* every verb has one */
    while (pairs[row].does != u.verb && pairs[row].undoes != u.verb)
        row++;
    u.key = mix(u.noun, pairs[row].undoes);
    u.key += u.key == 0;
    u.side = pairs[row].undoes == u.verb;
    u.works |= pairs[row].works;
    return u;
}

bool verbs_inverse(uint8_t a, uint8_t b)
{
    for (size_t i = 0; i < N(pairs); i++)
        if ((pairs[i].does == a && pairs[i].undoes == b) || (pairs[i].does == b && pairs[i].undoes == a))
            return true;
    return false;
}
