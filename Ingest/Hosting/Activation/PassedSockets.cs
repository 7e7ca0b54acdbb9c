using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Activation;

/// <summary>Listening sockets that systemd, or whoever starts the daemon, holds open for it (sd_listen_fds(3)): while
/// one process goes and the next one comes, connections wait in their backlog and none is refused. The variables are
/// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; the sockets are the descriptors from 3 on.</summary>
internal static class PassedSockets
{
    private const int FirstDescriptor = 3;
    private const int MaxSockets = 64; // more are a mistake, whoever made it

    /// <summary>A port of the daemon that may be passed.</summary>
    /// <param name="Name">Of the socket, and of the option.</param>
    /// <param name="Alias">Another name of the socket; empty: none.</param>
    /// <param name="Address">What the option says; null: off.</param>
    /// <param name="Take">Puts a socket in the option's place.</param>
    internal sealed record Door(string Name, string Alias, IPEndPoint? Address, Action<PassedSocket> Take)
    {
        public bool IsTaken { get; set; }

        public bool IsCalled(string name) => name == Name || Alias.Length > 0 && name == Alias;
    }

    /// <summary>Puts the sockets that were passed to this process in the place of addresses.</summary>
    /// <param name="environment">Of the process.</param>
    /// <param name="options">Read so far; a socket's own address takes the place of the option's.</param>
    /// <param name="errors">Receives what is wrong with them.</param>
    public static void Apply(IDictionary environment, ServeOptions options, List<string> errors)
    {
        if (environment["LISTEN_PID"] is not string process || environment["LISTEN_FDS"] is not string count) return;
        // Variables that a parent left behind name another process: theirs.
        if (process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return;
        List<PassedSocket> sockets = Read(count, environment["LISTEN_FDNAMES"] as string, errors);
        if (errors.Count > 0) return;
        Match(sockets, Doors(options), errors);
    }

    /// <summary>Gives each socket to a door: by name; else by the port that the option says; where no port is one of
    /// theirs, in order.</summary>
    internal static void Match(List<PassedSocket> sockets, Door[] doors, List<string> errors)
    {
        List<PassedSocket> unnamed = [], rest = [];
        foreach (PassedSocket socket in sockets)
        {
            if (Array.Find(doors, door => door.IsCalled(socket.Name)) is { } door) Give(door, socket, errors);
            else unnamed.Add(socket);
        }
        foreach (PassedSocket socket in unnamed)
        {
            Door? door = Array.Find(doors, door => !door.IsTaken && door.Address?.Port == socket.Address.Port);
            if (door is not null) Give(door, socket, errors);
            else rest.Add(socket);
        }
        bool isByOrder = rest.Count == sockets.Count;
        foreach (PassedSocket socket in rest)
        {
            Door? door = Array.Find(doors, static door => !door.IsTaken && door.Address is not null);
            if (isByOrder && door is not null) Give(door, socket, errors);
            else errors.Add($"{Told(socket)} belongs to no door: expected one of the names slungd, http, otlp-grpc "
                + "(FileDescriptorName= in the socket unit), or the port of an option, each once");
        }
    }

    private static void Give(Door door, PassedSocket socket, List<string> errors)
    {
        if (door.Address is null) errors.Add($"{Told(socket)} is for --{door.Name}, which is off");
        else if (door.IsTaken) errors.Add($"{Told(socket)} is the second for --{door.Name}: expected one");
        else door.Take(socket);
        door.IsTaken = true; // also when it was refused: one word about it is enough
    }

    private static string Told(PassedSocket socket) =>
        $"the socket that was passed as descriptor {socket.Descriptor} ({socket.Address}"
        + (socket.Name.Length == 0 ? ")" : $", \"{socket.Name}\")");

    private static Door[] Doors(ServeOptions options) =>
    [
        new("listen", "slungd", options.Listen, socket =>
            (options.Listen, options.ListenSocket) = (socket.Address, socket.Descriptor)),
        new("http", "", options.Http, socket =>
            (options.Http, options.HttpSocket) = (socket.Address, socket.Descriptor)),
        new("otlp-grpc", "", options.OtlpGrpc, socket =>
            (options.OtlpGrpc, options.OtlpGrpcSocket) = (socket.Address, socket.Descriptor)),
    ];

    private static List<PassedSocket> Read(string count, string? names, List<string> errors)
    {
        List<PassedSocket> sockets = [];
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || number > MaxSockets)
        {
            errors.Add($"LISTEN_FDS: expected a number of sockets, at most {MaxSockets}, got \"{count}\"");
            return sockets;
        }
        string[] named = string.IsNullOrEmpty(names) ? [] : names.Split(':');
        if (named.Length > 0 && named.Length != number)
            errors.Add($"LISTEN_FDNAMES: expected {number} names, as LISTEN_FDS says, got {named.Length}");
        for (int i = 0; i < number && errors.Count == 0; i++)
        {
            int descriptor = FirstDescriptor + i;
            if (InheritedSocket.Take(descriptor, out IPEndPoint? address) is { } expected)
                errors.Add($"LISTEN_FDS: descriptor {descriptor}: expected {expected}");
            else
                sockets.Add(new PassedSocket(descriptor, named.Length == 0 ? "" : named[i], address!));
        }
        return sockets;
    }
}
