// One photo: taken or chosen, made smaller here (which also drops its metadata), shown, taken back.

const LONGEST_SIDE = 2_048;
const QUALITY = 0.85;
const UNTOUCHED_LIMIT = 8_000_000;

/** Return {bytes, type} ready to be sent. A format this browser cannot read goes as it is: the server judges. */
export async function prepare(file) {
  try {
    return await shrink(file);
  } catch {
    if (file.size > UNTOUCHED_LIMIT) throw new RangeError("photo");
    return { bytes: await file.arrayBuffer(), type: file.type || "application/octet-stream" };
  }
}

async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("encode"))), "image/jpeg", QUALITY);
  });
  return { bytes: await blob.arrayBuffer(), type: blob.type };
}

/** Show a photo in an img element, or nothing; the address of the one before is given back. */
export function show(image, photo) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  if (photo) image.src = URL.createObjectURL(new Blob([photo.bytes], { type: photo.type }));
  else image.removeAttribute("src");
}
