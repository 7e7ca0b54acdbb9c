using System.CommandLine;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Words of the client commands that are checked while the command line is read, as
/// <see cref="CheckedOption"/>s are.</summary>
internal static class CheckedArgument
{
    /// <summary>One of some words, which completion knows, too.</summary>
    public static Argument<string> Choice(string name, string help, params string[] choices)
    {
        Argument<string> argument = new(name) { Description = help };
        argument.CompletionSources.Add(choices);
        argument.Validators.Add(result =>
            CheckedOption.Check(result, name, text => OptionChecks.OneOf(text, choices)));
        return argument;
    }

    /// <summary>A file, or a directory.</summary>
    public static Argument<string> Path(string name, string help) => OfPaths(new Argument<string>(name), help);

    /// <summary>Any number of files.</summary>
    public static Argument<string[]> Files(string help) =>
        OfPaths(new Argument<string[]>("FILE") { Arity = ArgumentArity.ZeroOrMore }, help);

    private static Argument<T> OfPaths<T>(Argument<T> argument, string help)
    {
        argument.Description = help;
        argument.Validators.Add(result => CheckedOption.Check(result, argument.Name, OptionChecks.FilePath));
        return argument;
    }
}
