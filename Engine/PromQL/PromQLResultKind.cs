namespace Slungd.Engine.PromQL;

/// <summary>What an answer is made of.</summary>
internal enum PromQLResultKind : byte
{
    None,
    /// <summary>One float.</summary>
    Scalar,
    /// <summary>Series with one sample each.</summary>
    Vector,
    /// <summary>Series with samples over time.</summary>
    Matrix,
    /// <summary>A text.</summary>
    Text,
}
