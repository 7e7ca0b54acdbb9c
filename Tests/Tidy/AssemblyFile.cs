using System;
using System.IO;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Slungd.Tests.Tidy;

/// <summary>A built assembly, read as metadata and IL, with its symbols.</summary>
internal sealed class AssemblyFile : IDisposable
{
    private readonly PEReader _image;
    private readonly MetadataReaderProvider _symbols;

    public AssemblyFile(Assembly assembly)
    {
        _image = new PEReader(File.OpenRead(assembly.Location));
        Metadata = _image.GetMetadataReader();
        _symbols = MetadataReaderProvider.FromPortablePdbStream(
            File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb")));
        Symbols = _symbols.GetMetadataReader();
    }

    /// <summary>The daemon's managed assembly, built from this tree.</summary>
    public static AssemblyFile Product() => new(typeof(Slungd.Program).Assembly);

    /// <summary>This assembly: the samples that each check must find fault with.</summary>
    public static AssemblyFile Tests() => new(typeof(AssemblyFile).Assembly);

    public MetadataReader Metadata { get; }

    public MetadataReader Symbols { get; }

    /// <summary>The method's body, or null when it is abstract or external.</summary>
    public MethodBodyBlock? BodyOf(MethodDefinition method) =>
        method.RelativeVirtualAddress == 0 ? null : _image.GetMethodBody(method.RelativeVirtualAddress);

    /// <summary>The namespace of the outermost type around this one: nested and generated types count as their
    /// owner.</summary>
    public string NamespaceOf(TypeDefinitionHandle handle) => Metadata.GetString(Outermost(handle).Namespace);

    /// <summary>The outermost type's full name.</summary>
    public string OwnerOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = Outermost(handle);
        string ns = Metadata.GetString(type.Namespace);
        string name = Metadata.GetString(type.Name);
        return ns.Length == 0 ? name : ns + "." + name;
    }

    public void Dispose()
    {
        _symbols.Dispose();
        _image.Dispose();
    }

    private TypeDefinition Outermost(TypeDefinitionHandle handle)
    {
        TypeDefinition type = Metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil) type = Metadata.GetTypeDefinition(type.GetDeclaringType());
        return type;
    }
}
