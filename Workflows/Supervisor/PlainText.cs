using System.Text;

namespace Slungd.Workflows.Supervisor;

/// <summary>Text of a guest, made fit for a log: control characters, with which it could forge lines or command a
/// terminal, are shown as `\u001b`. Lines that begin with two spaces, as those of a backtrace, stay lines.</summary>
internal static class PlainText
{
    public static string Of(string text)
    {
        StringBuilder? plain = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool isHarmless = !char.IsControl(text[i]) && text[i] is not ('\u2028' or '\u2029') || text[i] == '\t'
                || text[i] == '\n' && i + 2 < text.Length && text[i + 1] == ' ' && text[i + 2] == ' ';
            if (!isHarmless) plain ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (!isHarmless) plain!.Append($"\\u{(int)text[i]:x4}");
            else plain?.Append(text[i]);
        }
        return plain?.ToString() ?? text;
    }
}
