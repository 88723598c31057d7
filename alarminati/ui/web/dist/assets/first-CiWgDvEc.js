function e(e){return null}export{e as default};
