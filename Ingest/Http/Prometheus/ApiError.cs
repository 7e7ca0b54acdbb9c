using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>The errors of Prometheus' HTTP API, as its clients know them.</summary>
/// <param name="Type">The member `errorType`.</param>
/// <param name="Status">The HTTP status.</param>
internal readonly record struct ApiError(string Type, int Status)
{
    public static readonly ApiError BadData = new("bad_data", StatusCodes.Status400BadRequest);
    public static readonly ApiError Execution = new("execution", StatusCodes.Status422UnprocessableEntity);
    public static readonly ApiError Canceled = new("canceled", 499);
    public static readonly ApiError Timeout = new("timeout", StatusCodes.Status503ServiceUnavailable);
    public static readonly ApiError Unavailable = new("unavailable", StatusCodes.Status503ServiceUnavailable);
    public static readonly ApiError Internal = new("internal", StatusCodes.Status500InternalServerError);
    public static readonly ApiError NoSpace = new("internal", StatusCodes.Status507InsufficientStorage);
    public static readonly ApiError TooMany = new("unavailable", StatusCodes.Status429TooManyRequests);
}
