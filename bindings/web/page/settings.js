/** What the form says, as options of `protect`. */
export function settings(form) {
  const { strength, metadata, dataMining, tintGray, removeCredentials, repeat } = form.elements;
  return {
    strength: Number(strength.value),
    metadata: metadata.value,
    ...(dataMining.checked && { dataMining: "DMI-PROHIBITED-AIMLTRAINING" }),
    tintGray: tintGray.checked,
    removeCredentials: removeCredentials.checked,
    repeat: repeat.checked,
  };
}

/** Calls back shortly after the last change. */
export function onChange(form, changed) {
  let timer;
  form.addEventListener("input", () => {
    form.querySelector("output").textContent = Number(form.elements.strength.value).toFixed(1);
    clearTimeout(timer);
    timer = setTimeout(changed, 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
