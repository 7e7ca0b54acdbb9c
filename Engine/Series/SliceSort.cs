using System;

namespace Slungd.Engine.Series;

/// <summary>Orders slices by the bytes they stand for; the library's sorts take no comparer over spans.</summary>
internal static class SliceSort
{
    private const int InsertionMax = 16;

    /// <summary>Sorts bytewise and drops duplicates.</summary>
    /// <returns>The front part of <paramref name="slices"/> that holds the result.</returns>
    public static Span<TextSlice> SortDistinct(ReadOnlySpan<byte> source, Span<TextSlice> slices)
    {
        // Most keys come sorted: one pass finds out. Hostile ones have 65,535 tags: never quadratic.
        if (slices.Length <= InsertionMax) InsertionSort(source, slices);
        else if (!IsSorted(source, slices)) HeapSort(source, slices);
        int kept = Math.Min(slices.Length, 1);
        for (int i = 1; i < slices.Length; i++)
        {
            if (Compare(source, slices[kept - 1], slices[i]) != 0) slices[kept++] = slices[i];
        }
        return slices[..kept];
    }

    private static bool IsSorted(ReadOnlySpan<byte> source, Span<TextSlice> slices)
    {
        for (int i = 1; i < slices.Length; i++)
        {
            if (Compare(source, slices[i - 1], slices[i]) > 0) return false;
        }
        return true;
    }

    private static void InsertionSort(ReadOnlySpan<byte> source, Span<TextSlice> slices)
    {
        for (int i = 1; i < slices.Length; i++)
        {
            TextSlice moving = slices[i];
            int at = i;
            for (; at > 0 && Compare(source, slices[at - 1], moving) > 0; at--) slices[at] = slices[at - 1];
            slices[at] = moving;
        }
    }

    private static void HeapSort(ReadOnlySpan<byte> source, Span<TextSlice> slices)
    {
        for (int root = slices.Length / 2 - 1; root >= 0; root--) SiftDown(source, slices, root);
        for (int end = slices.Length - 1; end > 0; end--)
        {
            (slices[0], slices[end]) = (slices[end], slices[0]);
            SiftDown(source, slices[..end], 0);
        }
    }

    private static void SiftDown(ReadOnlySpan<byte> source, Span<TextSlice> heap, int root)
    {
        while (true)
        {
            int child = 2 * root + 1;
            if (child >= heap.Length) return;
            if (child + 1 < heap.Length && Compare(source, heap[child], heap[child + 1]) < 0) child++;
            if (Compare(source, heap[root], heap[child]) >= 0) return;
            (heap[root], heap[child]) = (heap[child], heap[root]);
            root = child;
        }
    }

    private static int Compare(ReadOnlySpan<byte> source, TextSlice a, TextSlice b) =>
        source.Slice(a.Offset, a.Length).SequenceCompareTo(source.Slice(b.Offset, b.Length));
}
