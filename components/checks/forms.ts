export const instanceIdForm = /^i-[0-9a-f]{8,17}$/;
export const regionForm = /^[a-z]+(-[a-z]+)+-\d+$/;
