using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Net;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Activation;

/// <summary>Sockets that systemd, or whoever starts the daemon, holds open for it (sd_listen_fds(3)): while one process
/// goes and the next one comes, connections wait in their backlog and none is refused, and datagrams wait as far as the
/// kernel has room. The variables are LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; the sockets are the descriptors from 3
/// on.</summary>
internal static class PassedSockets
{
    private const int FirstDescriptor = 3;
    private const int MaxSockets = 64; // more are a mistake, whoever made it

    /// <summary>A port of the daemon that may be passed.</summary>
    /// <param name="Name">Of the socket, and of the option.</param>
    /// <param name="Alias">Another name of the socket; empty: none.</param>
    /// <param name="Address">What the option says; null: off.</param>
    /// <param name="Take">Puts a socket in the option's place.</param>
    /// <param name="Type">Of the sockets that fit.</param>
    internal sealed record Door(string Name, string Alias, EndPoint? Address, Action<PassedSocket> Take,
        SocketType Type = SocketType.Stream)
    {
        public bool IsTaken { get; set; }

        public bool IsCalled(string name) => name == Name || Alias.Length > 0 && name == Alias;

        /// <summary>The port counts, or the path.</summary>
        public bool IsAt(EndPoint place) => Address is IPEndPoint ours && place is IPEndPoint theirs
            ? ours.Port == theirs.Port
            : Address is UnixDomainSocketEndPoint && Address.ToString() == place.ToString();
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

    /// <summary>Gives each socket to a door of its type: by name, to the one at its place first; else by the port or
    /// path that the option says; where none of them has one, in order.</summary>
    internal static void Match(List<PassedSocket> sockets, Door[] doors, List<string> errors)
    {
        List<PassedSocket> rest = [.. sockets];
        GiveWhere(static (door, socket) => door.IsCalled(socket.Name) && door.IsAt(socket.Address));
        GiveWhere(static (door, socket) => door.IsCalled(socket.Name));
        rest.RemoveAll(socket =>
        {
            if (Array.Find(doors, door => IsFor(door, socket)) is not { } door) return false;
            errors.Add($"{Told(socket)} is one too many for --{door.Name}");
            return true;
        });
        GiveWhere(static (door, socket) => door.IsAt(socket.Address));
        if (rest.Count == sockets.Count) GiveWhere(static (door, _) => door.Address is not null);
        foreach (PassedSocket socket in rest)
            errors.Add($"{Told(socket)} belongs to no door: expected one of the names slungd, http, otlp-grpc, "
                + "graphite, statsd (FileDescriptorName= in the socket unit), or the port or path of an option, each "
                + "once");

        void GiveWhere(Func<Door, PassedSocket, bool> fits) => rest.RemoveAll(socket =>
        {
            Door? door = Array.Find(doors,
                door => !door.IsTaken && door.Type == socket.Type && fits(door, socket));
            if (door is not null) Give(door, socket, errors);
            return door is not null;
        });

        static bool IsFor(Door door, PassedSocket socket) => door.IsCalled(socket.Name) && door.Type == socket.Type;
    }

    private static void Give(Door door, PassedSocket socket, List<string> errors)
    {
        door.IsTaken = true; // also when it is refused: one word about it is enough
        if (door.Address is null) errors.Add($"{Told(socket)} is for --{door.Name}, which is off");
        else door.Take(socket);
    }

    private static string Told(PassedSocket socket) =>
        $"the socket that was passed as descriptor {socket.Descriptor} ({socket.Address}"
        + (socket.Name.Length == 0 ? ")" : $", \"{socket.Name}\")");

    private static Door[] Doors(ServeOptions options) =>
    [
        new("listen", "slungd", options.Listen, socket =>
            (options.Listen, options.ListenSocket) = ((IPEndPoint)socket.Address, socket.Descriptor)),
        new("http", "", options.Http, socket =>
            (options.Http, options.HttpSocket) = ((IPEndPoint)socket.Address, socket.Descriptor)),
        new("otlp-grpc", "", options.OtlpGrpc, socket =>
            (options.OtlpGrpc, options.OtlpGrpcSocket) = ((IPEndPoint)socket.Address, socket.Descriptor)),
        new("graphite", "", options.Graphite, socket =>
            (options.Graphite, options.GraphiteSocket) = ((IPEndPoint)socket.Address, socket.Descriptor)),
        new("graphite", "", options.Graphite, socket =>
            options.GraphiteDatagrams = new DatagramPlace(socket.Address, socket.Descriptor), SocketType.Dgram),
        .. StatsdDoors(options),
    ];

    /// <summary>One for each address.</summary>
    private static IEnumerable<Door> StatsdDoors(ServeOptions options)
    {
        const string Name = "statsd";
        List<DatagramPlace> places = options.StatsdPlaces;
        if (places.Count == 0) yield return new Door(Name, "", null, static _ => { }, SocketType.Dgram);
        for (int i = 0; i < places.Count; i++)
        {
            int index = i;
            yield return new Door(Name, "", places[i].Address, socket =>
                places[index] = new DatagramPlace(socket.Address, socket.Descriptor), SocketType.Dgram);
        }
    }

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
            if (InheritedSocket.Take(descriptor, out EndPoint? address, out SocketType type) is { } expected)
                errors.Add($"LISTEN_FDS: descriptor {descriptor}: expected {expected}");
            else
                sockets.Add(new PassedSocket(descriptor, named.Length == 0 ? "" : named[i], address!, type));
        }
        return sockets;
    }
}
