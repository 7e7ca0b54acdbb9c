using System;
using System.Collections.Generic;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Finds the word that was meant.</summary>
internal static class Spelling
{
    /// <summary>A third of the letters may be wrong.</summary>
    private const int LettersPerMistake = 3;

    /// <summary>The word that takes the fewest changed, added or left out letters; null when none is close.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        int least = word.Length / LettersPerMistake + 1;
        string? nearest = null;
        foreach (string candidate in known)
        {
            int distance = Distance(word, candidate);
            if (distance < least) (nearest, least) = (candidate, distance);
        }
        return nearest;
    }

    /// <summary>Levenshtein's, row by row.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = new int[right.Length + 1];
        for (int j = 0; j < row.Length; j++) row[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
