(function(){
 var button=document.getElementById("unfold");
 var talks=document.querySelectorAll("#reading details.talk");
 if(button){button.addEventListener("click",function(){
  var open=button.textContent==="Unfold all";
  talks.forEach(function(talk){talk.open=open});
  button.textContent=open?"Fold all":"Unfold all";
 })}
 function reveal(){
  var target=location.hash&&document.getElementById(location.hash.slice(1));
  for(var at=target;at;at=at.parentElement){if(at.tagName==="DETAILS"){at.open=true}}
  if(target){target.scrollIntoView()}
 }
 addEventListener("hashchange",reveal);
 reveal();
})();
