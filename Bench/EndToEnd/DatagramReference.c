// A bare sink of datagrams, and a sender of StatsD lines: what the kernel alone costs on this machine.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 128
#define LINES 1024

static char lines[LINES][96];
static char slots[BATCH][2048];

static uint64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Receives until so many datagrams have come, or none for the socket's timeout; returns how many came.
uint64_t sink_datagrams(int socket, uint64_t count, uint64_t *cpu_ns)
{
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    uint64_t taken = 0, begin = thread_ns();
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) & ~O_NONBLOCK);
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < BATCH; i++)
    {
        vectors[i] = (struct iovec) { slots[i], sizeof slots[i] };
        headers[i].msg_hdr.msg_iov = vectors + i;
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    while (taken < count)
    {
        int got = recvmmsg(socket, headers, BATCH, MSG_WAITFORONE, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        taken += (uint64_t)got;
    }
    *cpu_ns = thread_ns() - begin;
    return taken;
}

// Bytes that wait in the socket bound to a UDP port, as the kernel counts them.
static uint64_t queued(unsigned port)
{
    char line[256];
    unsigned local, received = 0;
    FILE *table = fopen("/proc/net/udp", "r");
    if (!table) return 0;
    while (fgets(line, sizeof line, table))
        if (sscanf(line, " %*d: %*8x:%x %*8x:%*x %*x %*x:%x", &local, &received) == 2 && local == port) break;
        else received = 0;
    fclose(table);
    return received;
}

// Sends a line a datagram to the connected socket, as fast as it takes them; returns how many it took. UDP holds nobody
// back: with a port, what waits there is kept to half of the receiver's buffer, and its end is waited for.
uint64_t send_lines(int socket, uint64_t count, unsigned port, uint64_t buffer, uint64_t *cpu_ns)
{
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    uint64_t sent = 0, unseen = 0, begin = thread_ns(), look = buffer / 4 / 1024;
    if (look > 16 * BATCH) look = 16 * BATCH;
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < LINES; i++)
        snprintf(lines[i], sizeof lines[i], "page.views.of.item%d:%d|c|#env:prod,host:web%02d", i, i % 10, i % 50);
    while (sent < count)
    {
        int want = count - sent < BATCH ? (int)(count - sent) : BATCH;
        for (int i = 0; i < want; i++)
        {
            char *line = lines[(sent + (uint64_t)i) % LINES];
            vectors[i] = (struct iovec) { line, strlen(line) };
            headers[i].msg_hdr.msg_iov = vectors + i;
            headers[i].msg_hdr.msg_iovlen = 1;
        }
        int done = sendmmsg(socket, headers, (unsigned)want, 0);
        if (done <= 0) break;
        sent += (uint64_t)done;
        unseen += (uint64_t)done;
        if (port == 0 || unseen < look) continue;
        while (queued(port) > buffer / 2) sched_yield();
        unseen = 0;
    }
    while (port != 0 && queued(port) > 0) sched_yield();
    *cpu_ns = thread_ns() - begin;
    return sent;
}
