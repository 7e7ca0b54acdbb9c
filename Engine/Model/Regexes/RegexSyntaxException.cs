using System;

namespace Slungd.Engine.Model.Regexes;

/// <summary>A pattern that is no regular expression, or one that is too large; the message says why, in the words of
/// RE2.</summary>
internal sealed class RegexSyntaxException(string what, string where) : Exception($"{what}: `{where}`");
