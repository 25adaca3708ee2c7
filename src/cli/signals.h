/* Signals: which ask to stop, and which must not kill. */
#ifndef TRAILLOOP_CLI_SIGNALS_H
#define TRAILLOOP_CLI_SIGNALS_H

/* SIGINT, SIGTERM and SIGHUP are noted (a second one kills); a closed pipe and a file size limit become
 * errors of write. */
void cli_signals_init(void);
/* The signal that asked to stop; 0: none. */
int cli_signal(void);

#endif
