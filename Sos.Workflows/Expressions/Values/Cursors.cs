using System.Text.Json;
using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Walks over a list's elements, wherever they are.</summary>
internal struct ListCursor
{
    private readonly CelValue _list;
    private readonly int _count;
    private JsonElement.ArrayEnumerator _json;
    private int _next;

    internal ListCursor(in CelValue list)
    {
        _list = list;
        if (list.IsJson) _json = list.Json.EnumerateArray();
        else _count = list.ListItems.Length;
    }

    internal bool TryNext(out CelValue item)
    {
        if (_list.IsJson)
        {
            var more = _json.MoveNext();
            item = more ? CelValue.FromJson(_json.Current) : default;
            return more;
        }

        var found = _next < _count;
        item = found ? _list.ListItems[_next++] : default;
        return found;
    }
}

/// <summary>Walks over a map's entries, wherever they are.</summary>
internal struct MapCursor
{
    private readonly CelValue _map;
    private JsonElement.ObjectEnumerator _json;
    private int _next;

    internal MapCursor(in CelValue map)
    {
        _map = map;
        if (map.IsJson) _json = map.Json.EnumerateObject();
    }

    internal bool TryNext(out CelValue key, out CelValue value)
    {
        if (_map.IsJson)
        {
            if (_json.MoveNext())
            {
                var property = _json.Current;
                key = CelValue.From(JsonText.Name(property));
                value = CelValue.FromJson(property.Value);
                return true;
            }
        }
        else if (_next < _map.MapObject.Count)
        {
            key = _map.MapObject.Keys[_next];
            value = _map.MapObject.Values[_next++];
            return true;
        }

        key = value = default;
        return false;
    }
}

/// <summary>Reading of lists and maps, wherever they are.</summary>
internal static class Collections
{
    internal static int Count(in CelValue collection) => collection switch
    {
        { Type: CelType.List, IsJson: true } => collection.Json.GetArrayLength(),
        { Type: CelType.List } => collection.ListItems.Length,
        { IsJson: true } => collection.Json.GetPropertyCount(),
        _ => collection.MapObject.Count,
    };

    /// <summary>The element at an index that is in range.</summary>
    internal static CelValue ItemAt(in CelValue list, int index) =>
        list.IsJson ? CelValue.FromJson(list.Json[index]) : list.ListItems[index];

    internal static bool TryGetValue(in CelValue map, in CelValue key, out CelValue value)
    {
        if (!map.IsJson) return map.MapObject.TryGet(key, out value);
        if (key.Type == CelType.String) return TryGetValue(map, key.Text, out value);
        value = default;
        return false;
    }

    internal static bool TryGetValue(in CelValue map, string key, out CelValue value)
    {
        if (!map.IsJson) return map.MapObject.TryGet(key, out value);
        var found = JsonText.TryGetProperty(map.Json, key, out var element);
        value = found ? CelValue.FromJson(element) : default;
        return found;
    }

    /// <summary>The elements, charged one each where they have to be taken out of JSON.</summary>
    internal static ReadOnlySpan<CelValue> Items(in CelValue list, ref EvaluationState state)
    {
        if (!list.IsJson) return list.ListItems;
        state.Charge(list.Json.GetArrayLength());
        var items = new CelValue[list.Json.GetArrayLength()];
        var at = 0;
        foreach (var element in list.Json.EnumerateArray()) items[at++] = CelValue.FromJson(element);
        return items;
    }

    internal static IEnumerable<string> TextKeys(CelValue map)
    {
        var cursor = new MapCursor(map);
        while (cursor.TryNext(out var key, out _))
        {
            if (key.Type == CelType.String) yield return key.Text;
        }
    }
}
