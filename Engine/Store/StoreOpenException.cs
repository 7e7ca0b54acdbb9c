using System;

namespace Slungd.Engine.Store;

/// <summary>The data directory can't be used as asked; the message tells a person why and what to do.</summary>
internal sealed class StoreOpenException(string message, Exception? cause = null) : Exception(message, cause);
