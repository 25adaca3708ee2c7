/* Which calls undo each other, told from their names: AWS names them in pairs (API references of the
 * services). The pair of AddPermission is RemovePermission, of AttachRolePolicy DetachRolePolicy, of
 * AddUserToGroup RemoveUserFromGroup. */
#include "internal.h"

static const struct {
    const char *does, *undoes;
    bool works;
} pairs[] = {
    {"Authorize", "Revoke", false},
    {"Grant", "Revoke", false},
    {"Put", "Delete", false},
    {"Create", "Delete", false},
    {"Import", "Delete", false},
    {"Attach", "Detach", false},
    {"Enable", "Disable", false},
    {"Add", "Remove", false},
    {"Associate", "Disassociate", false},
    {"Start", "Stop", true},
    {"Tag", "Untag", false},
    {"Register", "Deregister", true},
    {"Activate", "Deactivate", false},
    {"Subscribe", "Unsubscribe", false},
    {"Suspend", "Resume", true},
    {"Allow", "Deny", false},
    {"Lock", "Unlock", false},
    {"Assign", "Unassign", true},
    {"Mount", "Unmount", true},
    {"Set", "Unset", false},
    {"Schedule", "Cancel", false},
};

/* What is attached is in use here and there; policies are not. */
static const char *const works[] = {"AttachVolume",           "DetachVolume",    "AttachNetworkInterface",
                                    "DetachNetworkInterface", "AttachInstances", "DetachInstances"};

/* Verbs of calls that set something, and so do nothing when they are repeated; calls that make something new
 * each time (Create, Start, Run, Send, Upload ...) are work. */
static const char *const setting[] = {
    "Put",    "Set",   "Update", "Modify",  "Attach",     "Detach",       "Add",    "Remove", "Authorize",
    "Revoke", "Grant", "Enable", "Disable", "Associate",  "Disassociate", "Tag",    "Untag",  "Replace",
    "Reset",  "Apply", "Change", "Delete",  "CreateTags", "Restore",      "Rotate", "Switch",
};

static const char *const replacing[] = {"Put", "Set", "Update", "Modify", "Replace"};

/* Capacity goes up and down: that is what it is for. */
static const char *const scaling[] = {
    "SetDesiredCapacity", "UpdateAutoScalingGroup", "UpdateService", "UpdateTable",
    "*Capacity*",         "*Throughput*",           "*Scal*",        "*ReplicaCount*",
    "*ShardCount*",       "*ShardConfiguration*",   "*Concurrency*", "UpdateNodegroupConfig",
    "ModifyFleet",        "ModifySpotFleetRequest",
};

#define N(array) (sizeof(array) / sizeof *(array))

/* Whether the name starts with the verb, as a word of its own. */
static bool has_verb(tl_str action, const char *verb)
{
    tl_str v = tl_str_from(verb);
    return tl_str_starts(action, v) && (action.n == v.n || (action.p[v.n] >= 'A' && action.p[v.n] <= 'Z'));
}

static bool has_any_verb(tl_str action, const char *const *verbs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_verb(action, verbs[i]))
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

/* Of the service, the undoing verb and the rest of the name; "From" there counts as "To". */
static uint64_t key_of(tl_str service, const char *undoes, tl_str rest)
{
    uint64_t h = tl_str_hash(service) * 31 + tl_str_hash(tl_str_from(undoes));
    for (size_t i = 0; i < rest.n;) {
        bool from = tl_str_starts(tl_str_sub(rest, i, rest.n), TL_STR("From"));
        tl_str part = from ? TL_STR("To") : tl_str_sub(rest, i, i + 1);
        for (size_t k = 0; k < part.n; k++)
            h = (h ^ (unsigned char)part.p[k]) * 1099511628211u;
        i += from ? 4 : 1;
    }
    return h ? h : 1;
}

struct verbs verbs_of(tl_str service, tl_str action)
{
    struct verbs u = {.sets = has_any_verb(action, setting, N(setting)),
                      .replaces = has_any_verb(action, replacing, N(replacing)) &&
                                  !is_any(action, scaling, N(scaling)),
                      .works = is_any(action, works, N(works))};
    for (size_t i = 0; i < N(pairs); i++)
        for (uint8_t side = 0; side < 2; side++) {
            const char *verb = side ? pairs[i].undoes : pairs[i].does;
            if (u.key || !has_verb(action, verb))
                continue;
            u.key = key_of(service, pairs[i].undoes, tl_str_sub(action, tl_str_from(verb).n, action.n));
            u.side = side;
            u.works |= pairs[i].works;
        }
    return u;
}
