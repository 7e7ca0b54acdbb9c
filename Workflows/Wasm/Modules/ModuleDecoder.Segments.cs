using System;

namespace Slungd.Workflows.Wasm.Modules;

internal ref partial struct ModuleDecoder
{
    // Flags of an element segment: bit 0 passive or declared, bit 1 explicit table (or declared), bit 2 expressions.
    private void DecodeElements()
    {
        for (int left = Count(ModuleLimits.Segments, "element segments"); left > 0 && !_reader.Failed; left--)
        {
            uint flags = _reader.U32();
            if (flags > 7)
            {
                _reader.Malformed("malformed elements segment kind");
                return;
            }
            bool active = (flags & 1) == 0, second = (flags & 2) != 0, expressions = (flags & 4) != 0;
            SegmentMode mode = active ? SegmentMode.Active : second ? SegmentMode.Declared : SegmentMode.Passive;
            int table = active && second ? (int)_reader.U32() : 0;
            ConstantExpression offset = active ? ConstantExpression.Read(ref _reader) : default;
            WasmType type = WasmType.FuncRef;
            if (!active || second)
            {
                if (expressions) type = _reader.ReferenceType();
                else if (_reader.Byte() != 0) _reader.Malformed("malformed element kind");
            }
            var items = new ElementItem[_reader.Count()];
            for (int i = 0; i < items.Length && !_reader.Failed; i++)
            {
                items[i] = expressions
                    ? ElementItem.Of(ConstantExpression.Read(ref _reader))
                    : ElementItem.OfFunction(_reader.U32());
            }
            _module.Elements.Add(new ElementSegment(mode, table, offset, type, items));
        }
    }

    private void DecodeBodies()
    {
        for (int left = Count(ModuleLimits.Functions, "function bodies"); left > 0 && !_reader.Failed; left--)
        {
            uint size = _reader.U32();
            if (size > ModuleLimits.BodyBytes && size <= (uint)Math.Max(0, _reader.Left))
                _reader.Fail(WasmErrorKind.Limit, $"function body of more than {ModuleLimits.BodyBytes} bytes");
            int start = _reader.Position;
            _reader.Bytes(size);
            if (!_reader.Failed) _module.Bodies.Add(new ByteRange(start, (int)size));
        }
    }

    private void DecodeData()
    {
        for (int left = Count(ModuleLimits.Segments, "data segments"); left > 0 && !_reader.Failed; left--)
        {
            uint flags = _reader.U32();
            if (flags > 2) _reader.Malformed("malformed data segment kind");
            int memory = flags == 2 ? (int)_reader.U32() : 0;
            ConstantExpression offset = flags != 1 ? ConstantExpression.Read(ref _reader) : default;
            uint size = _reader.U32();
            int start = _reader.Position;
            _reader.Bytes(size);
            SegmentMode mode = flags == 1 ? SegmentMode.Passive : SegmentMode.Active;
            if (!_reader.Failed)
                _module.Data.Add(new DataSegment(mode, memory, offset, new ByteRange(start, (int)size)));
        }
    }
}
