using System;
using System.IO;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public sealed class OfflineRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slungd-run-").FullName;
    private readonly StringWriter _output = new() { NewLine = "\n" }, _errors = new() { NewLine = "\n" };

    [Fact]
    public void Events_of_the_file_reach_the_guest_in_their_order()
    {
        const string points = "series,timestamp,value,site\ntemp,5,21.5,eu\nhum,6,1,eu\ntemp,4,22,us\ntemp,3,23,eu\n";
        Assert.Equal(ExitCode.Done, Run(Guests.Echo("AVG:temp:[site=eu]", 1), points));
        Assert.Equal("""
            live AVG:temp:[site=eu]: 1
            send 1 {"timestamp":5,"value":21.5,"tags":["site=eu"],"producers":[1],"series":"temp"}
            send 1 {"timestamp":3,"value":23,"tags":["site=eu"],"producers":[1],"series":"temp"}

            """, _output.ToString());
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public void Writes_are_printed_and_loops_are_cut()
    {
        Assert.Equal(ExitCode.Done,
            Run(Guests.Answer("AVG:temp:[]", "series=temp,a=1"), "series,timestamp,value\ntemp,1,1\n"));
        string[] lines = _output.ToString().Split('\n');
        Assert.Equal("write 5 1.5 temp a=1", lines[1]);
        Assert.Equal("write 5 1.5 temp a=1: refused: it answers its own writes", lines[17]);
        Assert.Equal(19, lines.Length);
    }

    [Fact]
    public void Messages_reach_the_producer_of_the_points_and_no_other()
    {
        Assert.Equal(ExitCode.Done, Run(Guests.Echo("AVG:temp:[]", 2), "series,timestamp,value\ntemp,1,1\n"));
        Assert.Equal("send 2 " + """{"timestamp":1,"value":1,"tags":[],"producers":[1],"series":"temp"}"""
            + ": refused: there is no such connection", _output.ToString().Split('\n')[1]);
    }

    [Fact]
    public void What_goes_wrong_is_said()
    {
        Assert.Equal(ExitCode.Failed, Run(Guests.Trap(), "series,value\n"));
        Assert.StartsWith("slungd: unreachable\n  0: call (func[1]", _errors.ToString(), StringComparison.Ordinal);
        _errors.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Failed, Run([1, 2], "series,value\n"));
        Assert.Contains("guest.wasm: ", _errors.ToString());
        _errors.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Failed,
            Run(Guests.Echo("AVG:temp:[]", 1), "series,timestamp,value\ntemp,x,1\ntemp,1,1\n"));
        Assert.Contains("points.csv:2: expected a timestamp", _errors.ToString());
        Assert.Contains("send 1 ", _output.ToString());
        Assert.Equal(ExitCode.Failed, OfflineRun.Run(new OfflineOptions($"{_folder}/none", "b"), _output, _errors));
    }

    [Fact]
    public void Windows_close_as_the_clock_goes_and_after_the_last_point()
    {
        const string points = "series,timestamp,value\ntemp,1003,1\ntemp,1009,3\ntemp,1010,7\ntemp,1011,8\n"
            + "temp,1009,5\ntemp,1500,9\n";
        Assert.Equal(ExitCode.Done, Run(Guests.Echo("AVG:temp:[]:[0,9999]:[10s]", 1), points));
        Assert.Equal("""
            live AVG:temp:[]:[0,9999]:[10s]: 1
            send 1 {"window":[1000,1010],"value":2,"count":2}
            send 1 {"window":[1010,1020],"value":7.5,"count":2,"late":1}
            send 1 {"window":[1500,1510],"value":9,"count":1}

            """, _output.ToString());
    }

    [Fact]
    public void Lines_are_whole_and_a_guest_that_ends_early_leaves_the_rest_of_the_points()
    {
        Assert.Equal(ExitCode.Failed, Run(Guests.Print("a\r\nb\u001b\nc", 3), "series,value\nx,1\n"));
        Assert.Equal("stdout: a\nstdout: b\\u001b\nstdout: c\n", _output.ToString());
        Assert.Equal("slungd: call returned 3\n", _errors.ToString());
    }

    [Fact]
    public void A_file_of_another_kind_is_not_repeated_as_mistakes()
    {
        string points = "series,value\n" + string.Concat(Enumerable.Repeat("x\n", 200));
        Assert.Equal(ExitCode.Failed, Run(Guests.Echo("AVG:temp:[]", 1), points));
        string[] lines = _errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(101, lines.Length);
        Assert.EndsWith("points.csv:101: expected 2 columns", lines[99], StringComparison.Ordinal);
        Assert.EndsWith("there is more of that", lines[100], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_time_limit_ends_a_guest_that_does_not(bool calls)
    {
        byte[] guest = calls ? Guests.Print("", 0, forEver: true) : Guests.Spin();
        Assert.Equal(ExitCode.Failed, Run(guest, "series,value\n", TimeSpan.FromTicks(1)));
        Assert.Equal("slungd: the time limit of 1E-07 s is over", _errors.ToString().Split('\n')[0]);
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private int Run(byte[] module, string points, TimeSpan? limit = null)
    {
        string file = Path.Combine(_folder, "guest.wasm"), input = Path.Combine(_folder, "points.csv");
        File.WriteAllBytes(file, module);
        File.WriteAllText(input, points);
        OfflineOptions options = new(file, input)
        {
            Precision = Precision.Seconds, TimeLimit = limit ?? TimeSpan.MaxValue,
        };
        return OfflineRun.Run(options, _output, _errors);
    }
}
