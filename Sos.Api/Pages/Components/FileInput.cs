using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace Sos.Api.Pages.Components;

/// <summary>
/// A choice of files. Blazor's own looks for its element after it was rendered; where the page has gone on by then it
/// does not find it, and the connection would end for that.
/// </summary>
public sealed class FileInput : ErrorBoundaryBase
{
    /// <summary>Files were chosen.</summary>
    [Parameter, EditorRequired] public EventCallback<InputFileChangeEventArgs> OnChange { get; set; }

    /// <summary>Attributes of the element.</summary>
    [Parameter(CaptureUnmatchedValues = true)] public IReadOnlyDictionary<string, object>? Attributes { get; set; }

    [Inject] internal IErrorBoundaryLogger Logger { get; set; } = null!;

    /// <inheritdoc/>
    protected override Task OnErrorAsync(Exception exception) =>
        exception is JSException ? Task.CompletedTask : Logger.LogErrorAsync(exception).AsTask();

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (CurrentException is not null)
        {
            builder.OpenElement(0, "p");
            builder.AddAttribute(1, "role", "alert");
            builder.AddContent(2, "Files can't be chosen just now. Load the page anew.");
            builder.CloseElement();
            return;
        }
        builder.OpenComponent<InputFile>(3);
        builder.AddMultipleAttributes(4, Attributes);
        builder.AddComponentParameter(5, nameof(InputFile.OnChange), OnChange);
        builder.CloseComponent();
    }
}
