using System;
using System.IO;
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
        Assert.Equal(ExitCode.WrongUsage, OfflineRun.Run("a", "b", null, "h", _output, _errors));
        Assert.Equal(ExitCode.Failed, OfflineRun.Run($"{_folder}/none", "b", null, "s", _output, _errors));
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private int Run(byte[] module, string points)
    {
        string file = Path.Combine(_folder, "guest.wasm"), input = Path.Combine(_folder, "points.csv");
        File.WriteAllBytes(file, module);
        File.WriteAllText(input, points);
        return OfflineRun.Run(file, input, null, "s", _output, _errors);
    }
}
