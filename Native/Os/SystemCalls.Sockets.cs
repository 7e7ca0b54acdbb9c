using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

// Linux only. See SystemCalls.cs for who owns what.
internal static unsafe partial class SystemCalls
{
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollModify = 3;
    public const uint EpollIn = 0x1;
    public const uint EpollOut = 0x4;
    public const uint EpollError = 0x8;
    public const uint EpollHangUp = 0x10;
    public const int NonBlocking = 0x800;
    public const int LocalDomain = 1;
    public const int InternetDomain = 2;
    public const int InternetDomain6 = 10;
    public const int SocketLevel = 1;
    public const int ReuseAddress = 2;
    public const int Internet6Level = 41;
    public const int OnlyVersion6 = 26;
    public const int StreamCloseOnExec = 0x80001;

    public const int DoNotWait = 0x40;  // MSG_DONTWAIT
    public const int Truncated = 0x20;  // MSG_TRUNC

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int file, byte* item);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* items, int maxItems, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFile(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "socket")]
    public static partial int CreateSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    public static partial int SetSocketOption(int socket, int level, int option, void* value, int bytes);

    [LibraryImport("libc", EntryPoint = "bind")]
    public static partial int Bind(int socket, byte* address, int bytes);

    [LibraryImport("libc", EntryPoint = "listen")]
    public static partial int Listen(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* two);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint WriteEvent(int file, byte* from, nint count);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(int socket, byte* messages, uint count, int flags, byte* timeout);
}
