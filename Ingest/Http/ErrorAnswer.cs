using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http;

/// <summary>Sends an error in the shape that a door's clients read.</summary>
/// <param name="context">The request.</param>
/// <param name="status">The HTTP status.</param>
/// <param name="error">What was expected, for people.</param>
internal delegate Task ErrorAnswer(HttpContext context, int status, string error);
