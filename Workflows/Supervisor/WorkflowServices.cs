using System;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Supervisor;

/// <summary>What workflows work with.</summary>
/// <param name="Hub">Where points come from and go to; the store behind it is open.</param>
/// <param name="Queries">History.</param>
/// <param name="Outbound">The way out.</param>
/// <param name="Clock">The daemon's.</param>
/// <param name="Limits">Of queries and queues.</param>
/// <param name="Log">For the operator.</param>
internal sealed record WorkflowServices(LiveHub Hub, QueryExecutor Queries, IOutbound Outbound, TimeProvider Clock,
    Limits Limits, ILogger Log);
