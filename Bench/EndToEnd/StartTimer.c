// Times a process from its start to the first accepted connection. vfork: the bench is large, and copying its page
// tables would count as start-up of the program.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static long resident_kilobytes(int process)
{
    char path[64], line[256];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
    fclose(file);
    return kilobytes;
}

// Asks for /health; false when nothing comes back.
static int is_answered(int socket_)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[512];
    if (write(socket_, request, sizeof request - 1) < 0) return 0;
    return read(socket_, answer, sizeof answer) > 0;
}

// Seconds until a connection to `port` on the loopback succeeds; with port 0, until the program ends. Negative after
// 20 s. The seconds until the probe that is sent over it is answered are put into `answered`; with `idle_us` above 0 the
// program's resident memory that much later into `kilobytes`.
double time_start(char *const arguments[], int port, int idle_us, double *answered, long *kilobytes)
{
    int null = open("/dev/null", O_RDWR), status;
    double start = now(), took = -1;
    pid_t child = vfork();
    if (child == 0)
    {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execv(arguments[0], arguments);
        _exit(127);
    }
    close(null);
    if (port == 0)
    {
        waitpid(child, &status, 0);
        return now() - start;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    while (now() - start < 20)
    {
        int socket_ = socket(AF_INET, SOCK_STREAM, 0);
        int refused = connect(socket_, (struct sockaddr *)&address, sizeof address);
        if (!refused)
        {
            took = now() - start;
            *answered = is_answered(socket_) ? now() - start : -1;
            close(socket_);
            break;
        }
        close(socket_);
        usleep(50);
    }
    if (idle_us > 0) usleep(idle_us);
    *kilobytes = resident_kilobytes(child);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return took;
}
