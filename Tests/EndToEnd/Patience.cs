using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Waiting, on machines that may be very busy: nothing here is a measurement.</summary>
internal static class Patience
{
    /// <summary>How long anything may take before a test gives it up.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Asks until the answer fits; fails with what was hoped for and the last answer.</summary>
    public static async Task<T> Until<T>(string hope, Func<Task<T>> ask, Func<T, bool> fits)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            T answer = await ask();
            if (fits(answer)) return answer;
            if (Stopwatch.GetElapsedTime(start) > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s for {hope}; last answer: {answer}");
            await Task.Delay(20);
        }
    }
}
