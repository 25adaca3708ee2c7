/* The one variable of the program that is not on the stack: a handler can reach nothing else. */
#include "signals.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t asked;

static void note(int number)
{
    asked = number;
}

void cli_signals_init(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction a, old;
    memset(&a, 0, sizeof a);
    sigemptyset(&a.sa_mask);
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
    sigaction(SIGXFSZ, &a, NULL);
    a.sa_handler = note;
    a.sa_flags = (int)SA_RESETHAND; /* without SA_RESTART: a read that waits is woken */
    for (unsigned i = 0; i < sizeof stopping / sizeof *stopping; i++)
        if (sigaction(stopping[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup, background jobs */
            sigaction(stopping[i], &a, NULL);
}

int cli_signal(void)
{
    return asked;
}
