// A bare sink of datagrams, and a sender of StatsD lines: what the kernel alone costs on this machine.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 128
#define LINES 1024

static char lines[LINES][96];
static char slots[BATCH][2048];

// Blocks until so many datagrams have come; returns their bytes.
uint64_t sink_datagrams(int socket, uint64_t count)
{
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    uint64_t bytes = 0;
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < BATCH; i++)
    {
        vectors[i] = (struct iovec) { slots[i], sizeof slots[i] };
        headers[i].msg_hdr.msg_iov = vectors + i;
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    while (count > 0)
    {
        int got = recvmmsg(socket, headers, BATCH, MSG_WAITFORONE, 0);
        if (got <= 0) break;
        for (int i = 0; i < got; i++) bytes += headers[i].msg_len;
        count -= (uint64_t)got < count ? (uint64_t)got : count;
    }
    return bytes;
}

// Sends a line a datagram to the connected socket, as fast as it takes them; returns how many it took.
uint64_t send_lines(int socket, uint64_t count)
{
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    uint64_t sent = 0;
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
    }
    return sent;
}
