using System;
using System.Collections.Generic;
using System.Reflection;
using Xunit.Sdk;

namespace Slungd.Tests.EndToEnd;

/// <summary>A test once more, for a language of the SDK; skipped where its tool chain is missing.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class GuestDataAttribute : DataAttribute
{
    private readonly string _language;

    public GuestDataAttribute(string language)
    {
        _language = language;
        GuestLanguage found = GuestLanguage.Find(language);
        Skip = found.Compiler is null ? found.Needs : null;
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[_language]];
}
