/*
 * control.h: the control socket: others of the same user ask the recorder for figures, and tell it
 * to put marks and snapshots into the trace, to pause, to go on, to stop. Off unless
 * MEMTRACE_CONTROL asks for it. The writer's task alone has the socket, among descriptors of its
 * own: the program can neither see nor close it, and where the program's threads write the trace
 * there is none.
 *
 * The socket is DIRECTORY/PID, of kind SOCK_SEQPACKET. A request is one message: a verb, and for
 * `mark` and `snapshot` a blank and a label. The answer is one message of lines, the first of which
 * is `ok` or `error: WHY`; to `stats`, lines NAME=VALUE follow, the trace's path the last.
 */
#ifndef MEMTRACE_CONTROL_H
#define MEMTRACE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/* [any] A task begins, or a process: it has no socket. */
void mt_control_forget(void);

/* [writer] Takes and answers what has come; waits for nobody. Makes the socket at the first call.
 * True: recording is to stop. */
bool mt_control_look(uint64_t now_ns);

/* [writer] Recording is over: nobody is to find the socket. */
void mt_control_end(void);

#endif
