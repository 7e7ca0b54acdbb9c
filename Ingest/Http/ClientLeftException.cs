using System;
using System.IO;

namespace Slungd.Ingest.Http;

/// <summary>The client has gone, or took its request back, before all of it had come.</summary>
internal sealed class ClientLeftException(Exception cause) : IOException("the client has left", cause);
