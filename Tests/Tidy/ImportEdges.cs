using System.Collections.Generic;
using System.Reflection.Metadata;

namespace Slungd.Tests.Tidy;

/// <summary>One type's use of a type of another namespace.</summary>
internal sealed record ImportEdge(string From, string FromNamespace, string To, string ToNamespace);

/// <summary>Reads from a built assembly which namespace uses which: base types, interfaces, fields, signatures,
/// locals, generic arguments and constraints, attributes, and every token in the IL. A `using` is not needed to reach a
/// sibling namespace, so the source text alone can't tell.</summary>
internal sealed class ImportEdges
{
    private readonly AssemblyFile _assembly;
    private readonly MetadataReader _metadata;
    private readonly HashSet<TypeDefinitionHandle> _found = [];
    private readonly SignatureTypes _signatures;

    private ImportEdges(AssemblyFile assembly)
    {
        _assembly = assembly;
        _metadata = assembly.Metadata;
        _signatures = new SignatureTypes(_found);
    }

    public static IReadOnlySet<ImportEdge> Read(AssemblyFile assembly)
    {
        var reader = new ImportEdges(assembly);
        var edges = new HashSet<ImportEdge>();
        foreach (TypeDefinitionHandle handle in assembly.Metadata.TypeDefinitions)
        {
            reader._found.Clear();
            reader.AddType(assembly.Metadata.GetTypeDefinition(handle));
            string ns = assembly.NamespaceOf(handle);
            foreach (TypeDefinitionHandle target in reader._found)
            {
                string targetNamespace = assembly.NamespaceOf(target);
                if (targetNamespace != ns)
                    edges.Add(new ImportEdge(assembly.OwnerOf(handle), ns, assembly.OwnerOf(target), targetNamespace));
            }
        }
        return edges;
    }

    private void AddType(TypeDefinition type)
    {
        Add(type.BaseType);
        AddAttributes(type.GetCustomAttributes());
        AddGenericParameters(type.GetGenericParameters());
        foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
            Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        foreach (FieldDefinitionHandle handle in type.GetFields())
        {
            FieldDefinition field = _metadata.GetFieldDefinition(handle);
            field.DecodeSignature(_signatures, null);
            AddAttributes(field.GetCustomAttributes());
        }
        foreach (PropertyDefinitionHandle handle in type.GetProperties())
            AddAttributes(_metadata.GetPropertyDefinition(handle).GetCustomAttributes());
        foreach (MethodDefinitionHandle handle in type.GetMethods()) AddMethod(_metadata.GetMethodDefinition(handle));
    }

    private void AddMethod(MethodDefinition method)
    {
        method.DecodeSignature(_signatures, null);
        AddAttributes(method.GetCustomAttributes());
        AddGenericParameters(method.GetGenericParameters());
        foreach (ParameterHandle parameter in method.GetParameters())
            AddAttributes(_metadata.GetParameter(parameter).GetCustomAttributes());
        if (_assembly.BodyOf(method) is not { } body) return;
        if (!body.LocalSignature.IsNil)
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_signatures, null);
        foreach (ExceptionRegion region in body.ExceptionRegions) Add(region.CatchType);
        foreach (EntityHandle token in IlTokens.In(body)) Add(token);
    }

    private void AddGenericParameters(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle handle in parameters)
        {
            GenericParameter parameter = _metadata.GetGenericParameter(handle);
            foreach (GenericParameterConstraintHandle constraint in parameter.GetConstraints())
                Add(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
            Add(_metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void Add(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _found.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_signatures, null);
                break;
            case HandleKind.MethodDefinition:
                _found.Add(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                _found.Add(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                generic.DecodeSignature(_signatures, null);
                Add(generic.Method);
                break;
            case HandleKind.MemberReference:
                MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Add(member.Parent);
                if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(_signatures, null);
                else member.DecodeMethodSignature(_signatures, null);
                break;
        }
    }
}
