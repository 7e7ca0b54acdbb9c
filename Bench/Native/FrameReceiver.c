// What a bare WebSocket receiver costs on this machine: reads, takes frames apart, unmasks in place, touches the payload.
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static uint64_t sink;

static void unmask(uint8_t *data, uint64_t length, uint32_t key)
{
    uint64_t wide = (uint64_t)key << 32 | key, i = 0, word;
    for (; i + 8 <= length; i += 8)
    {
        memcpy(&word, data + i, 8);
        word ^= wide;
        memcpy(data + i, &word, 8);
    }
    for (; i < length; i++) data[i] ^= (uint8_t)(key >> (8 * (i & 3)));
}

// Takes whole frames from the front; returns the bytes taken.
uint64_t parse_frames(uint8_t *bytes, uint64_t count, uint64_t *frames)
{
    uint64_t at = 0;
    while (count - at >= 14)
    {
        uint8_t *p = bytes + at;
        uint64_t length = p[1] & 127, header = 6;
        uint32_t key;
        if (length == 126) length = (uint64_t)p[2] << 8 | p[3], header = 8;
        else if (length == 127)
        {
            length = 0;
            for (int k = 2; k < 10; k++) length = length << 8 | p[k];
            header = 14;
        }
        if (header + length > count - at) break;
        memcpy(&key, p + header - 4, 4);
        unmask(p + header, length, key);
        sink += p[header] + p[header + length - 1];
        ++*frames;
        at += header + length;
    }
    return at;
}

// Receives until the peer ends; returns the number of frames.
uint64_t receive_frames(int socket, uint8_t *buffer, uint64_t size)
{
    uint64_t have = 0, frames = 0;
    ssize_t got;
    while ((got = read(socket, buffer + have, size - have)) > 0)
    {
        have += (uint64_t)got;
        uint64_t used = parse_frames(buffer, have, &frames);
        memmove(buffer, buffer + used, have - used);
        have -= used;
    }
    return frames;
}
