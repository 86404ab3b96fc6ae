// Holm & Tarn: the basket on the page, the consent notice, the privacy choices, and what the shop remembers.
//
// Nothing here reads or writes storage. `window.selvedge` knows the visitor's choice, and keeps it. Without it the shop
// works the same, and asks again on the next page. The shop remembers through `selvedge.set`, which keeps nothing that
// the visitor has not permitted.

const PURPOSES = ['functional', 'analytics', 'personalization', 'advertising', 'sensitive'];
/** What "Accept all" covers: special categories of data are only ever agreed to by name. */
const GENERAL = PURPOSES.filter((purpose) => purpose !== 'sensitive');

const $ = (selector) => document.querySelector(selector);
const gpc = navigator.globalPrivacyControl === true;

function announce(text) {
  const toast = $('#toast');
  toast.textContent = text;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => { toast.textContent = ''; }, 5000);
}

// Privacy choices

const notice = $('#consent');
const dialog = $('#privacy');
const form = dialog?.querySelector('form');

/** Whether the visitor has answered, and what holds now by purpose (the region's law speaks where the visitor has not). */
function state() {
  const { grants = {}, said = {} } = window.selvedge?.consent?.get?.() ?? {};
  return { grants, chosen: Object.keys(said).length > 0 };
}

function choose(granted) {
  const choice = Object.fromEntries(PURPOSES.map((purpose) => [purpose, granted.includes(purpose)]));
  if (gpc) choice.advertising = false;
  // Remembering anything on the device is only needed, and only asked for, when something was agreed to.
  choice.storage = PURPOSES.some((purpose) => choice[purpose]);
  window.selvedge?.consent.set(choice);
  remember();
  done(choice.storage ? 'Your privacy choices are in place.' : 'Nothing optional is used.');
}

function withdraw() {
  window.selvedge?.consent.withdraw();
  done('Consent withdrawn. Nothing optional is used.');
}

function done(text) {
  notice.hidden = true;
  if (dialog.open) dialog.close();
  announce(text);
}

function openChoices() {
  const { grants } = state();
  for (const purpose of PURPOSES) form.elements[purpose].checked = grants[purpose] === true;
  if (gpc) {
    form.elements.advertising.checked = false;
    form.elements.advertising.disabled = true;
  }
  $('#gpc-note').hidden = !gpc;
  dialog.showModal();
}

if (notice && dialog) {
  const actions = {
    accept: () => choose(GENERAL),
    reject: () => choose([]),
    open: openChoices,
    save: () => choose(PURPOSES.filter((purpose) => form.elements[purpose].checked)),
    withdraw,
    close: () => dialog.close(),
  };
  document.addEventListener('click', (event) => {
    const trigger = event.target.closest('[data-privacy]');
    if (!trigger) return;
    event.preventDefault();
    actions[trigger.dataset.privacy]?.();
  });
  const ask = () => { notice.hidden = state().chosen; };
  // The loader is a module of its own and may come later than this file; the page is not loaded before it.
  window.addEventListener('load', ask);
  window.addEventListener('load', remember);
}

// The shop remembers the part of the range that was looked at last, and how much is in the basket.

const PARTS = { '/knitwear/': 'knitwear', '/products/harbour-jumper/': 'knitwear', '/products/fell-beanie/': 'accessories' };

function remember() {
  const part = PARTS[location.pathname];
  if (part) window.selvedge?.set('visitor.last_category', part);
}

/** Only a basket that somebody has changed: the two pieces that every page begins with are an example. */
function rememberBasket(count) {
  if (window.selvedge?.set('visitor.cart_items', count)) window.selvedge.decide().catch(() => {});
}

// The basket: a static shop has no server to keep it, so it lives as long as the page does.

const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' });

function setCount(count) {
  for (const badge of document.querySelectorAll('[data-basket-count]')) badge.textContent = String(count);
}

document.addEventListener('click', (event) => {
  const trigger = event.target.closest('[data-add]');
  if (!trigger) return;
  event.preventDefault();
  const count = Number($('[data-basket-count]').textContent) + 1;
  setCount(count);
  rememberBasket(count);
  announce(`${trigger.dataset.add} is in your basket.`);
});

const lines = $('.lines');

function total() {
  const rows = [...lines.querySelectorAll('.line')];
  let count = 0;
  let pence = 0;
  for (const row of rows) {
    const quantity = Number(row.querySelector('select').value);
    const sum = quantity * Number(row.dataset.pence);
    row.querySelector('.price').textContent = pounds.format(sum / 100);
    count += quantity;
    pence += sum;
  }
  const delivery = pence === 0 || pence >= 7500 ? 0 : 495;
  $('#subtotal').textContent = pounds.format(pence / 100);
  $('#delivery').textContent = delivery ? pounds.format(delivery / 100) : 'Free';
  $('#total').textContent = pounds.format((pence + delivery) / 100);
  $('#empty').hidden = rows.length > 0;
  setCount(count);
  rememberBasket(count);
}

lines?.addEventListener('change', total);
lines?.addEventListener('click', (event) => {
  const remove = event.target.closest('[data-remove]');
  if (!remove) return;
  remove.closest('.line').remove();
  total();
  announce(`${remove.dataset.remove} was removed.`);
  $('main h1').focus();
});
