//! Parts of forms.

use maud::{Markup, html};

/// A control with its label. The control's id is `id`.
pub(crate) fn field(id: &str, label: &str, control: Markup) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            (control)
        }
    }
}
