//! Where the money went: a table whose sum is zero.

use crate::html::{self, near, signed_near};
use crate::visit::PageForm;
use keyway::AccountId;
use keyway::trace::{MoneyReason, Trace, Yocto};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The entries of one reason and account in one row.
pub(super) fn section(form: PageForm, trace: &Trace) -> Markup {
    let mut sums: BTreeMap<(MoneyReason, Option<&AccountId>), i128> = BTreeMap::new();
    for entry in &trace.money.entries {
        let sum = sums.entry((entry.reason, entry.account_id.as_ref())).or_insert(0);
        *sum = sum.saturating_add(entry.change.0);
    }
    sums.retain(|_, sum| *sum != 0);
    html! {
        section aria-labelledby="money" {
            h2 #money { "Where the money went" }
            div.scroll {
                table.narrow {
                    caption.hidden { "Balances that changed, by reason; the sum is zero" }
                    thead { tr {
                        th scope="col" { "Why" }
                        th scope="col" { "Whose balance" }
                        th.right scope="col" { "Change" }
                    } }
                    tbody {
                        @for ((reason, account), sum) in sums.iter().take(ROWS) {
                            tr {
                                td { (reason.words()) }
                                td {
                                    @match account {
                                        Some(account) => (html::account(form, account.as_str())),
                                        None => span.soft { (nobody(*reason)) },
                                    }
                                }
                                td.right { (signed_near(Yocto(*sum))) }
                            }
                        }
                        @if sums.len() > ROWS {
                            tr { td colspan="3" { (sums.len() - ROWS) " more; `keyway tx why` lists all" } }
                        }
                    }
                    tfoot { tr {
                        th scope="row" colspan="2" { "Sum" }
                        td.right { (signed_near(trace.money.sum())) }
                    } }
                }
            }
            @if let Some(charged) = trace.allowance_charged() {
                p.note { "The key’s allowance was charged " (near(charged)) " when the transaction began; what was not burnt came back to it." }
            }
        }
    }
}

fn nobody(reason: MoneyReason) -> &'static str {
    match reason {
        MoneyReason::InFlight => "on its way",
        _ => "left the supply",
    }
}

/// Rows of the table.
const ROWS: usize = 100;
