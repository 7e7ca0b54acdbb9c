using System.Buffers;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Abi;

/// <summary>Events as guests see them:
/// <code>
/// {"timestamp":1234567890,"value":42.5,"tags":["site=eu"],"producers":[1],"series":"temp"}
/// </code>
/// NaN and infinities are null. A closed window is what subscribers get, without id.</summary>
internal static class EventJson
{
    public static void Write(IBufferWriter<byte> output, DslQuery query, in LiveMessage message)
    {
        if (message.Kind != LiveMessageKind.Event)
        {
            LiveJson.Write(output, null, query, in message);
            return;
        }
        output.Write("{"u8);
        LiveJson.WriteReading(output, in message);
        output.Write(",\"series\":"u8);
        JsonText.WriteString(output, message.Series!.NameBytes);
        output.Write("}"u8);
    }
}
