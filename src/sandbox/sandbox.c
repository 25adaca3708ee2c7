/* Landlock by its three system calls, seccomp by a filter: both need no library and no privilege (Linux:
 * Documentation/userspace-api/landlock.rst, seccomp_filter.rst). The numbers of newer kernels are spelt out
 * here, so that what the program can do does not depend on the headers it was built with. */
#include "trailloop/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers open files of their own at the end, and look into their own process. */
#if defined(__SANITIZE_ADDRESS__) || defined(TL_NO_SANDBOX)
#define WANTED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define WANTED false
#endif
#endif
#ifndef WANTED
#define WANTED true
#endif

/* ---- Landlock ----------------------------------------------------------------------------------- */

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_TRUNCATE = 1 << 14,
    FS_FIRST_ABI = (1 << 13) - 1, /* executing, and making files of every kind, among them */
    FS_REFER = 1 << 13,           /* ABI 2: to move a file to another directory */
    FS_OF_FILES = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    NET_TCP = 3 /* ABI 4: bind and connect */
};
enum { SCOPE_ALL = 3 /* ABI 6: signals and abstract sockets of others */ };

struct ruleset_attr {
    uint64_t fs, net, scoped;
};
struct path_attr {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

static int landlock_abi(void)
{
    long v = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);
    return v > 0 ? (int)v : 0;
}

static uint64_t handled_fs(int abi)
{
    return FS_FIRST_ABI | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0);
}

static uint64_t rights_of(enum tl_sandbox_right r)
{
    switch (r) {
    case TL_SANDBOX_READ:
        return FS_READ_FILE | FS_READ_DIR;
    case TL_SANDBOX_WRITE:
        return FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE;
    case TL_SANDBOX_MAKE:
        return FS_MAKE_REG | FS_REMOVE_FILE | FS_READ_DIR;
    case TL_SANDBOX_REMOVE:
        return FS_REMOVE_DIR;
    }
    return 0;
}

static void add_rule(int ruleset, const struct tl_sandbox_rule *rule, uint64_t handled)
{
    struct stat st;
    int fd = open(rule->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    struct path_attr attr = {.allowed = rights_of(rule->right) & handled, .fd = fd};
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        attr.allowed &= FS_OF_FILES;
    if (attr.allowed)
        syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &attr, 0);
    close(fd);
}

static void restrict_files(const struct tl_sandbox_rule *rules, size_t n)
{
    int abi = landlock_abi();
    if (abi == 0)
        return;
    const struct ruleset_attr attr = {
        .fs = handled_fs(abi), .net = abi >= 4 ? NET_TCP : 0, .scoped = abi >= 6 ? SCOPE_ALL : 0};
    size_t n_bytes = abi >= 6 ? sizeof attr : abi >= 4 ? 2 * sizeof attr.fs : sizeof attr.fs;
    int ruleset = (int)syscall(CREATE_RULESET, &attr, n_bytes, 0);
    if (ruleset < 0)
        return;
    for (size_t i = 0; i < n; i++)
        add_rule(ruleset, &rules[i], attr.fs);
#ifdef TL_COUNTERS /* a build that measures coverage opens its counters at the end, below this directory */
    add_rule(ruleset, &(struct tl_sandbox_rule){TL_COUNTERS, TL_SANDBOX_WRITE}, attr.fs);
#endif
    syscall(RESTRICT_SELF, ruleset, 0);
    close(ruleset);
}

/* ---- seccomp ------------------------------------------------------------------------------------ */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0 /* no filter: numbers of calls are not known */
#endif
#define X32_BIT 0x40000000u /* x86-64: the same calls by other numbers */

/* Newer than the oldest headers; the same numbers everywhere. */
enum { FCHMODAT2 = 452, SETXATTRAT = 463, REMOVEXATTRAT = 466, FILE_SETATTR = 469 };

/* What no part of the program does: the network, other programs, other processes, ways around the rules; and
 * what changes a file without opening it, which Landlock does not know of: its mode, owner, times and
 * attributes. */
static const int refused[] = {
#if defined(__x86_64__) /* the older forms */
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
    SYS_fchmod,
    SYS_fchmodat,
    FCHMODAT2,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SETXATTRAT,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    REMOVEXATTRAT,
    FILE_SETATTR,
    SYS_shmget,
    SYS_shmat,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_semget,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_io_uring_setup,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_open_by_handle_at};
#define N_REFUSED (sizeof refused / sizeof *refused)
_Static_assert(N_REFUSED < 240, "a jump is a byte");

#define ARGUMENT(i)                                                                                          \
    ((unsigned)offsetof(struct seccomp_data, args) + 8 * (i)) /* its lower half: both are                    \
                                                                  little-endian */

/* The terminal would take what is put into it so for typed, and the shell after us run it. */
static const unsigned refused_ioctls[] = {TIOCSTI, TIOCLINUX};
#define N_IOCTLS (sizeof refused_ioctls / sizeof *refused_ioctls)

static void refuse_calls(void)
{
    struct sock_filter code[N_REFUSED + N_IOCTLS + 11];
    const unsigned char n_refused = (unsigned char)N_REFUSED, n_ioctls = (unsigned char)N_IOCTLS;
    size_t n = 0;
    const uint32_t eperm = SECCOMP_RET_ERRNO | EPERM;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, eperm); /* another kind of call altogether */
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    /* Each refusal jumps to the last line, over what is behind it. */
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT,
                                             (unsigned char)(n_refused + n_ioctls + 3), 0);
    for (size_t i = 0; i < N_REFUSED; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)refused[i],
                                                 (unsigned char)(N_REFUSED - i + N_IOCTLS + 2), 0);
    code[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, (unsigned char)(n_ioctls + 1));
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1));
    for (size_t i = 0; i < N_IOCTLS; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused_ioctls[i],
                                                 (unsigned char)(N_IOCTLS - i), 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, eperm);
    const struct sock_fprog filter = {.len = (unsigned short)n, .filter = code};
    if (ARCH != 0)
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
}

/* ---- both --------------------------------------------------------------------------------------- */

struct tl_sandbox_power tl_sandbox_power(void)
{
    struct tl_sandbox_power p = {0};
    if (!WANTED)
        return p;
    p.landlock_abi = landlock_abi();
    /* A filter at no address: the kernel that knows of filters says so (EFAULT), another one EINVAL. */
    p.seccomp = ARCH != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != 0 && errno == EFAULT;
    return p;
}

void tl_sandbox_enter(const struct tl_sandbox_rule *rules, size_t n)
{
    if (!WANTED || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return;
    restrict_files(rules, n);
    refuse_calls();
}
